/*
 * tests/fuzz/replay.c -- runs a fuzz target over its corpus folder without libFuzzer, so that every
 * build and compiler replays it. For each file: the file whole, cut short at every byte (files up
 * to 4 KiB), and with one byte flipped at a time.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX  (1u << 20)
#define SWEEP_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Give the target its own exact-size copy, so that a sanitizer sees one byte too far. */
static void run_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_file(const char *path, uint8_t *data)
{
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        return;
    size = fread(data, 1, FILE_MAX, file);
    (void)fclose(file);
    run_copy(data, size);
    for (size_t i = 0; size <= SWEEP_MAX && i < size; i++) {
        run_copy(data, i);
        data[i] ^= (uint8_t)(1u << (i % 8));
        run_copy(data, size);
        data[i] ^= (uint8_t)(1u << (i % 8));
    }
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    uint8_t *data = malloc(FILE_MAX);
    unsigned count = 0;

    if (folder == NULL || data == NULL) {
        (void)fputs("usage: fuzz_TARGET CORPUS_FOLDER\n", stderr);
        return 2;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        run_file(path, data);
        count++;
    }
    (void)closedir(folder);
    free(data);
    (void)printf("%u files replayed\n", count);
    return count > 0 ? 0 : 1;
}
