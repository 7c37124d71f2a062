#include "main/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define TERMINAL "/dev/tty"

/* One line without its newline, byte by byte: nothing after it is taken from a pipe. False: too
 * long, or fd fails. */
static bool read_line(int fd, struct ptn_passphrase *line)
{
    line->len = 0;
    for (;;) {
        char byte = 0;
        ssize_t got = read(fd, &byte, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0 || byte == '\n')
            break;
        if (line->len == PTN_PASSPHRASE_LEN_MAX)
            return false;
        line->text[line->len++] = byte;
    }
    if (line->len > 0 && line->text[line->len - 1] == '\r')
        line->len--;
    line->text[line->len] = '\0';
    return true;
}

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        (void)0; /* a terminal that cannot be written to is not asked less for it */
}

/* Ask at the terminal with the echo off. */
static bool ask_unseen(int fd, const char *prompt, struct ptn_passphrase *line)
{
    struct termios former;
    struct termios quiet;
    bool good;

    if (tcgetattr(fd, &former) != 0)
        return false;
    quiet = former;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    quiet.c_lflag |= ECHONL;
    if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
        return false;
    say(fd, prompt);
    good = read_line(fd, line);
    (void)tcsetattr(fd, TCSAFLUSH, &former);
    return good;
}

struct ptn_status ptn_passphrase_read(int fd, const char *prompt, bool twice,
                                      struct ptn_passphrase *ret_passphrase,
                                      struct ptn_diag *reterr)
{
    struct ptn_passphrase again = { .len = 0 };
    int terminal = fd >= 0 ? -1 : open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
    bool good = fd >= 0 ? read_line(fd, ret_passphrase)
                        : terminal >= 0 && ask_unseen(terminal, prompt, ret_passphrase);
    bool same = true;

    if (good && terminal >= 0 && twice) {
        good = ask_unseen(terminal, "The same again: ", &again);
        same = good && again.len == ret_passphrase->len &&
               memcmp(again.text, ret_passphrase->text, again.len) == 0;
    }
    if (terminal >= 0)
        (void)close(terminal);
    ptn_passphrase_wipe(&again);
    if (good && same && ret_passphrase->len > 0)
        return PTN_OK;
    ptn_passphrase_wipe(ret_passphrase);
    if (!good)
        return ptn_fail(PTN_C_IO, reterr, 0, "no passphrase could be read");
    return ptn_fail(PTN_C_BAD_INPUT, reterr, 0,
                    same ? "no passphrase was given" : "the two differ");
}

void ptn_passphrase_wipe(struct ptn_passphrase *passphrase)
{
    explicit_bzero(passphrase, sizeof(*passphrase));
}

bool ptn_passphrase_ask(const char *question)
{
    struct ptn_passphrase answer = { .len = 0 };
    int terminal = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
    bool is_yes = false;

    if (terminal < 0)
        return false;
    say(terminal, question);
    if (read_line(terminal, &answer))
        is_yes = strcmp(answer.text, "yes") == 0 || strcmp(answer.text, "po") == 0;
    (void)close(terminal);
    return is_yes;
}
