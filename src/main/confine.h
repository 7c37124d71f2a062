/*
 * main/confine.h -- what a process gives up once it has all it needs.
 */
#ifndef PTN_MAIN_CONFINE_H
#define PTN_MAIN_CONFINE_H
#include <stdbool.h>

/*
 * For the process that parses a keeper's network: from here on it can open no file and no socket,
 * start nothing, look into no other process. It can answer the connections it takes from the socket
 * it has, talk to the keeper and ask for memory, time and randomness. Two locks: a seccomp filter,
 * and Landlock where the kernel has it. False: the filter could not be set. Not to be undone.
 */
bool ptn_confine_front(void);

/*
 * For the process that reads a disk which may be an attacker's: from here on it can read files and
 * folders below root_fd (by Landlock; where the kernel lacks that, any file, but still only read)
 * and write to pipe_fd, open no socket, start nothing. False: the filter could not be set.
 */
bool ptn_confine_sweep(int root_fd, int pipe_fd);
#endif
