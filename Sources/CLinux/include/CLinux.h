#pragma once
#define _GNU_SOURCE
