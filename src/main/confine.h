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
#endif
