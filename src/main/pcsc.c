/* main/pcsc.c -- see pcsc.h. */
#include "main/pcsc.h"

#include <stdlib.h>
#include <string.h>
#include <winscard.h>

#define READERS_MAX 16u

struct ptn_pcsc {
    SCARDCONTEXT context;
    SCARDHANDLE card;
    const SCARD_IO_REQUEST *protocol;
    bool has_card;
    char *names; /* the library's: SCardFreeMemory */
};

struct ptn_status ptn_pcsc_open(struct ptn_pcsc **ret_pcsc, struct ptn_diag *reterr)
{
    struct ptn_pcsc *pcsc = calloc(1, sizeof(*pcsc));

    if (pcsc == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory for readers");
    if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &pcsc->context) != SCARD_S_SUCCESS) {
        free(pcsc);
        return ptn_fail(PTN_C_IO, reterr, 0, "no PC/SC daemon answers (Debian: apt install pcscd)");
    }
    *ret_pcsc = pcsc;
    return PTN_OK;
}

static void forget_names(struct ptn_pcsc *pcsc)
{
    if (pcsc->names != NULL)
        (void)SCardFreeMemory(pcsc->context, pcsc->names);
    pcsc->names = NULL;
}

void ptn_pcsc_close(struct ptn_pcsc *pcsc)
{
    if (pcsc == NULL)
        return;
    ptn_pcsc_leave(pcsc);
    forget_names(pcsc);
    (void)SCardReleaseContext(pcsc->context);
    free(pcsc);
}

struct ptn_status ptn_pcsc_readers(struct ptn_pcsc *pcsc, const char **ret_names,
                                   struct ptn_diag *reterr)
{
    DWORD len = SCARD_AUTOALLOCATE;
    LONG code;

    forget_names(pcsc);
    /* The interface has the place where the pointer goes look like the text itself. */
    code = SCardListReaders(pcsc->context, NULL, (LPSTR)&pcsc->names, &len);
    if (code == SCARD_E_NO_READERS_AVAILABLE || (code == SCARD_S_SUCCESS && pcsc->names[0] == '\0'))
        return ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no reader is attached");
    if (code != SCARD_S_SUCCESS)
        return ptn_fail(PTN_C_IO, reterr, 0, "the PC/SC daemon does not say which readers it has");
    *ret_names = pcsc->names;
    return PTN_OK;
}

/* ---- which reader ---- */

struct watching {
    SCARD_READERSTATE readers[READERS_MAX];
    DWORD count;
};

static struct ptn_status choose(struct ptn_pcsc *pcsc, const char *name,
                                struct watching *ret_watching, struct ptn_diag *reterr)
{
    const char *at = NULL;
    struct ptn_status status = ptn_pcsc_readers(pcsc, &at, reterr);

    *ret_watching = (struct watching){ .count = 0 };
    for (; ptn_ok(status) && *at != '\0'; at += strlen(at) + 1)
        if ((name == NULL || strstr(at, name) != NULL) && ret_watching->count < READERS_MAX)
            ret_watching->readers[ret_watching->count++] = (SCARD_READERSTATE){
                .szReader = at,
                .dwCurrentState = SCARD_STATE_UNAWARE,
            };
    if (ptn_ok(status) && ret_watching->count == 0)
        status = ptn_fail(PTN_C_NOT_FOUND, reterr, 0, "no reader has that in its name");
    return status;
}

/* The first with something on it; NULL: none. ret_mute: something is there that does not answer. */
static const char *occupied(const struct watching *watching, bool *ret_mute)
{
    *ret_mute = false;
    for (DWORD i = 0; i < watching->count; i++) {
        DWORD state = watching->readers[i].dwEventState;

        if ((state & SCARD_STATE_PRESENT) == 0)
            continue;
        if ((state & SCARD_STATE_MUTE) == 0)
            return watching->readers[i].szReader;
        *ret_mute = true;
    }
    return NULL;
}

/* Look at once, then again at every change, for as long as there is time. */
static struct ptn_status wait_for(struct ptn_pcsc *pcsc, struct watching *watching,
                                  unsigned wait_ms, const char **ret_reader,
                                  struct ptn_diag *reterr)
{
    const struct ptn_world *world = ptn_world_real();
    const int64_t end_us = world->monotonic_us(world->context) + INT64_C(1000) * wait_ms;
    DWORD left_ms = 0;
    bool mute;

    for (;;) {
        LONG code =
            SCardGetStatusChange(pcsc->context, left_ms, watching->readers, watching->count);
        int64_t left_us = end_us - world->monotonic_us(world->context);

        if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT)
            return ptn_fail(PTN_C_IO, reterr, 0, "the reader does not say what lies on it");
        *ret_reader = occupied(watching, &mute);
        if (*ret_reader != NULL)
            return PTN_OK;
        if (left_us <= 0 && mute)
            return ptn_fail(PTN_C_IO, reterr, 0, "what lies on the reader does not answer");
        if (left_us <= 0)
            return ptn_fail(PTN_C_BUSY, reterr, 0, "no document lies on the reader");
        for (DWORD i = 0; i < watching->count; i++)
            watching->readers[i].dwCurrentState = watching->readers[i].dwEventState;
        left_ms = (DWORD)(left_us / 1000 + 1);
    }
}

/* ---- the document on it ---- */

static struct ptn_status transmit(void *context, struct ptn_bytes command,
                                  struct ptn_buffer *answer)
{
    struct ptn_pcsc *pcsc = context;
    uint8_t bytes[PTN_CHIP_COMMAND_MAX];
    DWORD len = sizeof(bytes);

    if (SCardTransmit(pcsc->card, pcsc->protocol, command.at, (DWORD)command.len, NULL, bytes,
                      &len) != SCARD_S_SUCCESS ||
        len < 2) /* some drivers say of a document that was taken away that it said nothing */
        return (struct ptn_status){ PTN_C_IO };
    return ptn_buffer_add(answer, ptn_bytes_of(bytes, len));
}

struct ptn_status ptn_pcsc_take(struct ptn_pcsc *pcsc, const char *name, unsigned wait_ms,
                                struct ptn_card *ret_card, struct ptn_diag *reterr)
{
    struct watching watching;
    const char *reader = NULL;
    DWORD protocol = 0;
    struct ptn_status status = choose(pcsc, name, &watching, reterr);

    PTN_PRE(!pcsc->has_card);
    if (ptn_ok(status))
        status = wait_for(pcsc, &watching, wait_ms, &reader, reterr);
    if (!ptn_ok(status))
        return status;
    if (SCardConnect(pcsc->context, reader, SCARD_SHARE_EXCLUSIVE,
                     SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &pcsc->card,
                     &protocol) != SCARD_S_SUCCESS)
        return ptn_fail(PTN_C_IO, reterr, 0, "what lies on the reader does not answer");
    pcsc->protocol = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    pcsc->has_card = true;
    *ret_card = (struct ptn_card){ transmit, pcsc };
    return PTN_OK;
}

void ptn_pcsc_leave(struct ptn_pcsc *pcsc)
{
    if (pcsc->has_card)
        (void)SCardDisconnect(pcsc->card, SCARD_RESET_CARD);
    pcsc->has_card = false;
}
