/*
 * tests/unit/fault.h -- make the Nth allocation or the Nth system call fail, in any unit test.
 *
 * Every unit test is linked with this (tests/meson.build): the linker sends the calls that our own
 * code makes to malloc, calloc, realloc, strdup, open, read, write, fsync, fdatasync, ftruncate,
 * rename, mkdir, unlink and mmap through here; those of shared libraries (SQLite, libsodium,
 * cmocka) go past. Nothing happens until armed. For one thread. A loop over every place where an
 * operation can fail:
 *
 *     unsigned long nth = 0;
 *
 *     do {
 *         fault_allocation(++nth, FAULT_ONCE);
 *         status = operation();
 *         if (fault_off()) {
 *             ... it failed somewhere: status says so and nothing has changed
 *         }
 *     } while (!ptn_ok(status));
 *     assert_true(nth > 1);
 *
 * For files in a seeded world see ptn_world_fail_nth.
 */
#ifndef TESTS_UNIT_FAULT_H
#define TESTS_UNIT_FAULT_H
#include <stdbool.h>

enum fault_span {
    FAULT_ONCE,     /* the nth fails, those after it work */
    FAULT_FOR_GOOD, /* the nth and all after it fail */
};

/* The nth allocation from now (1 = the next) gives NULL. Switches any former fault off. */
void fault_allocation(unsigned long nth, enum fault_span span);

/*
 * The nth system call from now gives -1 (mmap: MAP_FAILED) and this errno; error 0 makes the nth
 * write a short one instead. Switches any former fault off.
 */
void fault_call(unsigned long nth, enum fault_span span, int error);

/* Switch off; true when the fault happened. */
bool fault_off(void);
#endif
