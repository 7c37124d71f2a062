/*
 * watch/xml.c -- lists in XML: one entry's elements at a time as a small tree in the draft's arena,
 * the rest forgotten. A document type declaration is refused, and with it all entities but XML's
 * own five: nothing expands.
 */
#include "watch/list_int.h"

#include <expat.h>

#define DEPTH_MAX 64
#define CHUNK_LEN ((size_t)64 * 1024)
#define TEXT_MAX  (1u << 20)

struct read {
    const struct ptn_xml_plan *plan;
    struct ptn_draft *draft;
    struct ptn_diag *reterr;
    XML_Parser parser;
    struct ptn_status status;
    int depth;
    bool rooted;
    struct ptn_xml_node *entry;   /* the entry being read, else NULL */
    struct ptn_xml_node *current; /* the open element inside it */
    struct ptn_buffer text;
};

static void stop(struct read *read, enum ptn_code code, const char *why)
{
    if (ptn_ok(read->status))
        read->status =
            ptn_fail(code, read->reterr, (size_t)XML_GetCurrentLineNumber(read->parser), why);
    (void)XML_StopParser(read->parser, XML_FALSE);
}

static struct ptn_bytes copy(struct read *read, struct ptn_bytes text)
{
    char *at = ptn_arena_text(read->draft->arena, text);

    if (at == NULL) {
        stop(read, PTN_C_TOO_BIG, "an entry is larger than the limit");
        return PTN_BYTES_NONE;
    }
    return ptn_bytes_of(at, text.len);
}

static struct ptn_bytes local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return ptn_bytes_from_text(colon == NULL ? name : colon + 1);
}

static bool is_entry(const struct read *read, struct ptn_bytes name)
{
    for (const char *const *word = read->plan->entries; *word != NULL; word++)
        if (ptn_bytes_is(name, *word))
            return true;
    return false;
}

static bool is_counted(const struct read *read, struct ptn_bytes name)
{
    if (read->plan->counted == NULL)
        return true;
    for (const char *const *word = read->plan->counted; *word != NULL; word++)
        if (ptn_bytes_is(name, *word))
            return true;
    return false;
}

static struct ptn_xml_node *make_node(struct read *read, struct ptn_bytes name,
                                      const char **attributes)
{
    struct ptn_xml_node *node = ptn_arena_take(read->draft->arena, sizeof(*node));

    if (node == NULL) {
        stop(read, PTN_C_TOO_BIG, "an entry is larger than the limit");
        return NULL;
    }
    node->name = copy(read, name);
    node->line = (size_t)XML_GetCurrentLineNumber(read->parser);
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        struct ptn_xml_attribute *attribute =
            ptn_arena_take(read->draft->arena, sizeof(*attribute));

        if (attribute == NULL) {
            stop(read, PTN_C_TOO_BIG, "an entry is larger than the limit");
            return NULL;
        }
        attribute->name = copy(read, local_name(attributes[i]));
        attribute->value = copy(read, ptn_bytes_from_text(attributes[i + 1]));
        attribute->next = node->attributes;
        node->attributes = attribute;
    }
    return node;
}

static void add_child(struct ptn_xml_node *parent, struct ptn_xml_node *node)
{
    node->parent = parent;
    if (parent->last == NULL)
        parent->child = node;
    else
        parent->last->next = node;
    parent->last = node;
}

static void XMLCALL on_start(void *context, const XML_Char *full, const XML_Char **attributes)
{
    struct read *read = context;
    struct ptn_bytes name = local_name(full);
    struct ptn_xml_node *node;

    if (++read->depth > DEPTH_MAX) {
        stop(read, PTN_C_BAD_INPUT, "elements are nested deeper than in any list");
        return;
    }
    ptn_buffer_clear(&read->text);
    if (read->depth == 1 && !ptn_bytes_is(name, read->plan->root)) {
        stop(read, PTN_C_BAD_INPUT, "the document is not of this format");
        return;
    }
    if (read->entry == NULL && read->depth > 1 && is_entry(read, name)) {
        ptn_arena_clear(read->draft->arena);
        read->entry = read->current = make_node(read, name, attributes);
        return;
    }
    if (read->entry == NULL)
        ptn_arena_clear(read->draft->arena);
    node = make_node(read, name, attributes);
    if (node == NULL)
        return;
    if (read->depth == 1) {
        read->rooted = true;
        if (read->plan->root_found != NULL)
            read->plan->root_found(read->plan->context, read->draft, node);
    }
    if (read->entry != NULL)
        add_child(read->current, node);
    read->current = node;
}

static void finish_entry(struct read *read)
{
    struct ptn_xml_node *entry = read->entry;

    if (is_counted(read, entry->name))
        read->draft->summary->rows++;
    ptn_draft_start(read->draft, entry->line);
    read->plan->entry(read->plan->context, read->draft, entry);
    read->entry = NULL;
    read->current = NULL;
    if (!ptn_ok(read->draft->status)) {
        read->status = read->draft->status;
        (void)XML_StopParser(read->parser, XML_FALSE);
    }
}

static void XMLCALL on_end(void *context, const XML_Char *full)
{
    struct read *read = context;
    struct ptn_xml_node *node = read->current;

    (void)full;
    read->depth--;
    if (!ptn_ok(read->status) || node == NULL)
        return;
    if (node->child == NULL)
        node->text = copy(read, ptn_bytes_trim(ptn_buffer_bytes(&read->text)));
    ptn_buffer_clear(&read->text);
    if (!ptn_ok(read->status))
        return;
    if (read->entry == node) {
        finish_entry(read);
        return;
    }
    if (read->entry != NULL) {
        read->current = node->parent;
        return;
    }
    if (node->text.len > 0 && read->plan->root_found != NULL)
        read->plan->root_found(read->plan->context, read->draft, node);
    read->current = NULL;
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len)
{
    struct read *read = context;

    if (read->current == NULL || !ptn_ok(read->status))
        return;
    if (!ptn_ok(ptn_buffer_add(&read->text, ptn_bytes_of(text, (size_t)len))))
        stop(read, PTN_C_TOO_BIG, "a text is longer than in any list");
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    stop(context, PTN_C_BAD_INPUT, "a document type declaration is refused");
}

static struct ptn_status parse(struct read *read, struct ptn_bytes bytes, struct ptn_diag *reterr)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t len = bytes.len - at < CHUNK_LEN ? bytes.len - at : CHUNK_LEN;
        int last = at + len == bytes.len;

        if (XML_Parse(read->parser, (const char *)bytes.at + at, (int)len, last) ==
            XML_STATUS_ERROR) {
            enum XML_Error error = XML_GetErrorCode(read->parser);
            size_t line = (size_t)XML_GetCurrentLineNumber(read->parser);

            if (!ptn_ok(read->status))
                return read->status;
            if (error == XML_ERROR_NO_MEMORY)
                return ptn_fail(PTN_C_NO_MEMORY, reterr, line, "no memory");
            if (error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
                error == XML_ERROR_PARTIAL_CHAR ||
                (last && at + len == (size_t)XML_GetCurrentByteIndex(read->parser)))
                return ptn_fail(PTN_C_BAD_INPUT, reterr, line,
                                "the XML ends too early: it is cut short");
            return ptn_fail(PTN_C_BAD_INPUT, reterr, line, "not well-formed XML");
        }
        at += len;
    }
    return read->status;
}

struct ptn_status ptn_xml_read(struct ptn_bytes bytes, const struct ptn_xml_plan *plan,
                               struct ptn_draft *draft, struct ptn_diag *reterr)
{
    struct read read = { .plan = plan, .draft = draft, .reterr = reterr };
    struct ptn_status status;

    if (bytes.len == 0)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the document is empty");
    read.parser = XML_ParserCreate(NULL);
    if (read.parser == NULL)
        return ptn_fail(PTN_C_NO_MEMORY, reterr, 0, "no memory");
    ptn_buffer_init(&read.text, TEXT_MAX);
    XML_SetUserData(read.parser, &read);
    XML_SetElementHandler(read.parser, on_start, on_end);
    XML_SetCharacterDataHandler(read.parser, on_text);
    XML_SetStartDoctypeDeclHandler(read.parser, on_doctype);
    status = parse(&read, bytes, reterr);
    if (ptn_ok(status) && !read.rooted)
        status = ptn_fail(PTN_C_BAD_INPUT, reterr, 0, "the document is empty");
    XML_ParserFree(read.parser);
    ptn_buffer_release(&read.text);
    return status;
}

const struct ptn_xml_node *ptn_xml_child(const struct ptn_xml_node *node, const char *name)
{
    const struct ptn_xml_node *child = node == NULL ? NULL : node->child;

    while (child != NULL && !ptn_bytes_is(child->name, name))
        child = child->next;
    return child;
}

const struct ptn_xml_node *ptn_xml_next(const struct ptn_xml_node *node, const char *name)
{
    node = node->next;
    while (node != NULL && !ptn_bytes_is(node->name, name))
        node = node->next;
    return node;
}

struct ptn_bytes ptn_xml_text(const struct ptn_xml_node *node, const char *name)
{
    const struct ptn_xml_node *child = ptn_xml_child(node, name);

    return child == NULL ? PTN_BYTES_NONE : child->text;
}

struct ptn_bytes ptn_xml_attribute(const struct ptn_xml_node *node, const char *name)
{
    for (const struct ptn_xml_attribute *at = node == NULL ? NULL : node->attributes; at != NULL;
         at = at->next)
        if (ptn_bytes_is(at->name, name))
            return ptn_bytes_trim(at->value);
    return PTN_BYTES_NONE;
}
