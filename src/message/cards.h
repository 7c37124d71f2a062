/*
 * message/cards.h -- the numbers of payment cards in what carriers send, hidden before anything is
 * kept.
 *
 * A border has no use for them, and whoever stores them owes their holders more than it can give.
 * In an interchange they stand in FOP (form of payment) and, copied by hand, in free text (IFT) and
 * special requests (SSR) of PNRGOV. Nothing else is looked at: a document's number may look like
 * a card's. Standards: IATA-PNRGOV; ISO-7812 for what a card's number is (SOURCES.md).
 */
#ifndef PTN_MESSAGE_CARDS_H
#define PTN_MESSAGE_CARDS_H
#include "base/bytes.h"

/**
 * ptn_cards_mask(bytes, len, ret_hidden):
 * Write X over every digit but the last four of each number. In FOP that is every run of twelve
 * digits or more; elsewhere a run of 13 to 19 that begins as a card's does and whose check digit is
 * right. Blanks, hyphens and line breaks may part the digits.
 *
 * bytes, len  Borrowed; changed in place, the length stays. Bytes that are no interchange stay as
 *             they are.
 * ret_hidden  Set on success: how many numbers were hidden; 0 when called again.
 *
 * OK; NO_MEMORY, with nothing changed. Memory bounded by one segment.
 */
PTN_MUST_USE struct ptn_status ptn_cards_mask(uint8_t *bytes, size_t len, size_t *ret_hidden);

/* The same, hiding nothing: how many numbers there are to hide. */
PTN_MUST_USE struct ptn_status ptn_cards_count(struct ptn_bytes bytes, size_t *ret_found);
#endif
