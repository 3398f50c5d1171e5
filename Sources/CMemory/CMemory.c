#define _GNU_SOURCE
#include "CMemory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Sanitizers bring allocators of their own.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OTHER_ALLOCATOR 1
#endif
#endif

// Shorter ones could be found where something else is meant.
#define SHORTEST_SECRET 12
#define LONGEST_SECRET 1024

#if defined(OTHER_ALLOCATOR)
void cmemory_forget(const void *secret, size_t count) {
    (void)secret;
    (void)count;
}

void cmemory_rest(void) {}

void cmemory_settle(void) {}
#else
// glibc's own, under the names that it exports for those who stand in between.
extern void __libc_free(void *block);
extern void *__libc_realloc(void *block, size_t size);

// glibc's mark of a block that was mapped for itself: its pages go back to the kernel, which clears them.
static int is_mapped(const void *block) { return (((const size_t *)block)[-1] & 2) != 0; }

static int is_resting;

void cmemory_rest(void) { is_resting = 1; }

// Weak, so that a test program may have an allocator of its own.
__attribute__((weak)) void free(void *block) {
    if (block == NULL) return;
    if (!is_resting && !is_mapped(block)) explicit_bzero(block, malloc_usable_size(block));
    __libc_free(block);
}

__attribute__((weak)) void *realloc(void *block, size_t size) {
    if (block != NULL && size == 0) {
        free(block);
        return NULL;
    }
    if (is_resting || block == NULL || is_mapped(block)) return __libc_realloc(block, size);
    size_t had = malloc_usable_size(block);
    if (size <= had) {
        // What is cut off may go to somebody else.
        explicit_bzero((char *)block + size, had - size);
        return __libc_realloc(block, size);
    }
    void *grown = malloc(size);
    if (grown == NULL) return NULL;
    memcpy(grown, block, had);
    free(block);
    return grown;
}

static char *heap_begin;

// Once, while /proc is in reach.
__attribute__((constructor)) static void find_heap(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) return;
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, "[heap]") != NULL) heap_begin = (char *)strtoull(line, NULL, 16);
    }
    fclose(maps);
}

// Behind it nothing is allocated, and what was is overwritten.
static char *heap_end(void) { return (char *)sbrk(0) - mallinfo2().keepcost; }

// Below what is mapped for itself. Halves of it leave no gap that is worth anything; of shorter blocks than the second the
// allocator keeps lists by their exact size.
#define LONGEST_PLUG (64 * 1024)
#define LONGEST_LISTED 1032
#define SHORTEST_PLUG 24

void cmemory_settle(void) {
    malloc_trim(0);
    const char *end = heap_end();
    // What was never written to is read, so that it isn't each child that has to be given the page of zeros.
    for (const volatile char *page = heap_begin; page != NULL && page < end; page += 4096) (void)*page;
    size_t size = LONGEST_PLUG;
    while (size >= SHORTEST_PLUG) {
        char *plug;
        do plug = malloc(size);
        while (plug != NULL && plug < end);
        if (size > LONGEST_LISTED) free(plug);
        size = size > 2 * LONGEST_LISTED ? size / 2 : size > LONGEST_LISTED ? LONGEST_LISTED : size - 16;
    }
}

void cmemory_forget(const void *secret, size_t count) {
    if (heap_begin == NULL || count < SHORTEST_SECRET || count > LONGEST_SECRET) return;
    char wanted[LONGEST_SECRET];
    memcpy(wanted, secret, count);
    char *place = heap_begin, *end = heap_end();
    while (place < end && (place = memmem(place, (size_t)(end - place), wanted, count)) != NULL) {
        explicit_bzero(place, count);
        place += count;
    }
    explicit_bzero(wanted, sizeof wanted);
}
#endif
