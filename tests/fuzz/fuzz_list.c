/*
 * Hostile lists: the first byte chooses the format (and for ofac-csv, 0x1C splits the input into
 * the main file and those beside it), the rest is the file. Every entry handed over must be whole:
 * views readable, dates in order, counts as said.
 */
#include <stdlib.h>

#include "watch/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long touch(struct ptn_bytes view)
{
    unsigned long sum = 0;

    for (size_t i = 0; i < view.len; i++)
        sum += view.at[i];
    return sum;
}

static struct ptn_status take_entry(void *context, const struct ptn_list_entry *entry)
{
    unsigned long *sum = context;

    *sum += touch(entry->id);
    if (entry->id.len == 0 || entry->kind >= PTN_ENTRY_KIND_COUNT)
        abort();
    for (size_t i = 0; i < entry->name_count; i++)
        *sum += touch(entry->names[i].text);
    for (size_t i = 0; i < entry->birth_count; i++)
        if (!ptn_date_is_full(entry->births[i].first) ||
            ptn_date_compare(entry->births[i].first, entry->births[i].last) > 0)
            abort();
    for (size_t i = 0; i < entry->number_count; i++)
        *sum += touch(entry->numbers[i].number);
    for (size_t i = 0; i < entry->fact_count; i++)
        *sum += touch(entry->facts[i].text);
    return PTN_OK;
}

static struct ptn_status take_note(void *context, const struct ptn_list_note *note)
{
    unsigned long *sum = context;

    *sum += touch(note->entry) + (note->reason == NULL);
    return PTN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ptn_bytes parts[4] = { { NULL, 0 } };
    struct ptn_list_source source;
    struct ptn_list_summary summary;
    unsigned long sum = 0;
    const struct ptn_list_sink sink = { &sum, take_entry, take_note };
    struct ptn_bytes rest = ptn_bytes_of(data, size);
    enum ptn_list_format format;
    size_t part = 0, start = 1;

    if (size == 0)
        return 0;
    format = (enum ptn_list_format)((data[0] - (unsigned)'a') % PTN_LIST_FORMAT_COUNT);
    for (size_t i = 1; i < size && part < 3 && format == PTN_LIST_OFAC_CSV; i++)
        if (data[i] == 0x1c) {
            parts[part++] = ptn_bytes_slice(rest, start, i - start);
            start = i + 1;
        }
    parts[part] = ptn_bytes_slice(rest, start, size - start);
    source = (struct ptn_list_source){ format, parts[0], parts[1], parts[2], parts[3] };
    if (ptn_ok(ptn_list_read(&source, &sink, &summary, NULL)) &&
        summary.rows != summary.entries + summary.continued + summary.rejected)
        abort();
    return 0;
}
