/* main/reader_int.h -- the verb of `postern reader` that runs beside a lane. */
#ifndef PTN_MAIN_READER_INT_H
#define PTN_MAIN_READER_INT_H

/* `postern reader run`, from the verb on: until it is stopped, or the post knows it no more. */
int ptn_reader_run(int argc, char **argv);
#endif
