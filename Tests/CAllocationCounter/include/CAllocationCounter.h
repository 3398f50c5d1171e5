#pragma once
/// How often the calling thread has asked for memory since it started; -1 where that can't be counted.
long allocation_count(void);
