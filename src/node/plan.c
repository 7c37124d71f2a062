/* node.conf: lines of `key = value`, `#` begins a comment line. Every key once; no key that is not
 * known. */
#include "node/node_int.h"

#define FORGET_AFTER_MAX_H 17520u /* two years */

const char *ptn_post_kind_word(enum ptn_post_kind kind)
{
    switch (kind) {
    case PTN_POST_AIRPORT:
        return "airport";
    case PTN_POST_SEAPORT:
        return "seaport";
    case PTN_POST_LAND:
        break;
    }
    return "land";
}

static const struct role_word {
    const char *word;
    enum ptn_node_role role;
} role_words[] = {
    { "keeper", PTN_NODE_KEEPER },
    { "site-keeper", PTN_NODE_SITE_KEEPER },
    { "centre", PTN_NODE_CENTRE },
    { "gateway", PTN_NODE_GATEWAY },
};

const char *ptn_node_kind_word(const struct ptn_node_plan *plan)
{
    for (size_t i = 0; i < sizeof(role_words) / sizeof(role_words[0]); i++)
        if (plan->role == role_words[i].role)
            return role_words[i].word;
    return ptn_post_kind_word(plan->kind);
}

/* Copy text into a field of size bytes. False when it is empty, too long or holds a control
 * character. */
static bool take_text(struct ptn_bytes text, char *at, size_t size)
{
    if (text.len == 0 || text.len >= size || !ptn_utf8_valid(text, NULL))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    memcpy(at, text.at, text.len);
    at[text.len] = '\0';
    return true;
}

static bool all_of(const char *text, const char *alphabet)
{
    return text[strspn(text, alphabet)] == '\0';
}

static bool take_name(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->name, sizeof(plan->name));
}

static bool take_code(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->code, sizeof(plan->code)) &&
           all_of(plan->code, "abcdefghijklmnopqrstuvwxyz0123456789-") && plan->code[0] != '-';
}

static bool take_kind(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    static const enum ptn_post_kind kinds[] = { PTN_POST_AIRPORT, PTN_POST_SEAPORT, PTN_POST_LAND };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (ptn_bytes_is(value, ptn_post_kind_word(kinds[i]))) {
            plan->kind = kinds[i];
            return true;
        }
    for (size_t i = 0; i < sizeof(role_words) / sizeof(role_words[0]); i++)
        if (ptn_bytes_is(value, role_words[i].word)) {
            plan->role = role_words[i].role;
            return true;
        }
    return false;
}

static bool take_origin(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->origin, sizeof(plan->origin)) && ptn_note_name_good(value);
}

/* An address in numbers and a port: a name would have to be asked for at start. */
static bool take_listen(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    const uint8_t *colon = value.len == 0 ? NULL : memrchr(value.at, ':', value.len);
    unsigned port = 0;

    if (colon == NULL || !take_text(value, plan->listen, sizeof(plan->listen)))
        return false;
    for (const char *at = strrchr(plan->listen, ':') + 1; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || port > 65535)
            return false;
        port = port * 10 + (unsigned)(*at - '0');
    }
    return colon > value.at && port > 0 && port <= 65535 &&
           all_of(plan->listen, "0123456789abcdef.:[]");
}

static bool take_state(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->state, sizeof(plan->state)) &&
           all_of(plan->state, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool take_port(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    unsigned port = 0;

    if (value.len == 0 || value.len > 5)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        port = port * 10 + (unsigned)(value.at[i] - '0');
    }
    plan->port = port;
    return port <= 65535;
}

static bool take_host(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->host, sizeof(plan->host)) &&
           all_of(plan->host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
}

/* Where a centre's view lies, when it is no file in its folder. */
static bool take_view(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    static const char scheme[] = "postgresql://";

    return take_text(value, plan->view, sizeof(plan->view)) &&
           strncmp(plan->view, scheme, sizeof(scheme) - 1) == 0;
}

/* The folder of the public page, and its file of notices. */
static bool take_public(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->public_dir, sizeof(plan->public_dir));
}

static bool take_notices(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->notices, sizeof(plan->notices));
}

/* The folder that a collector of figures reads. */
static bool take_metrics(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    return take_text(value, plan->metrics_dir, sizeof(plan->metrics_dir));
}

/* Hours, of a post. */
static bool take_forget_after(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    uint64_t hours = 0;

    if (ptn_bytes_is(value, "never")) {
        plan->forget_after_h = PTN_NODE_FORGETS_NEVER;
        return true;
    }
    if (!ptn_decimal_read(value, FORGET_AFTER_MAX_H, &hours) || hours == 0)
        return false;
    plan->forget_after_h = (unsigned)hours;
    return true;
}

static bool take_demonstration(struct ptn_node_plan *plan, struct ptn_bytes value)
{
    plan->demonstration = ptn_bytes_is(value, "yes");
    return plan->demonstration || ptn_bytes_is(value, "no");
}

static const struct plan_key {
    const char *name;
    bool (*take)(struct ptn_node_plan *plan, struct ptn_bytes value);
    bool needed;
    const char *refusal;
} plan_keys[] = {
    { "name", take_name, true, "name: 1 to 120 bytes of text" },
    { "code", take_code, true, "code: lower-case letters, digits and -" },
    { "kind", take_kind, true,
      "kind: airport, seaport, land, keeper, site-keeper, centre or gateway" },
    { "origin", take_origin, false, "origin: a name that a note can carry" },
    { "state", take_state, true, "state: the State's code of up to three letters" },
    { "port", take_port, false, "port: 0 to 65535" },
    { "host", take_host, false, "host: lower-case letters, digits, dots and -" },
    { "listen", take_listen, false, "listen: an address in numbers, ':' and a port" },
    { "view", take_view, false, "view: postgresql://USER@HOST/DATABASE" },
    { "public", take_public, false, "public: a folder" },
    { "notices", take_notices, false, "notices: a file" },
    { "metrics", take_metrics, false, "metrics: a folder" },
    { "forget-after", take_forget_after, false, "forget-after: 1 to 17520 hours, or never" },
    { "demonstration", take_demonstration, false, "demonstration: yes or no" },
};

#define PLAN_KEY_COUNT (sizeof(plan_keys) / sizeof(plan_keys[0]))

struct ptn_status ptn_node_plan_parse(struct ptn_bytes text, struct ptn_node_plan *ret_plan,
                                      struct ptn_diag *reterr)
{
    struct ptn_node_plan plan = { 0 };
    struct ptn_cursor cursor = ptn_cursor_at(text);
    bool seen[PLAN_KEY_COUNT] = { false };
    struct ptn_bytes line;
    size_t number = 0;

    if (text.len > PTN_NODE_CONF_MAX)
        return ptn_fail(PTN_C_TOO_BIG, reterr, 0, "node.conf is too big");
    while (ptn_ok(ptn_cursor_take_line(&cursor, &line))) {
        const uint8_t *equals;
        struct ptn_bytes key;
        size_t i = 0;

        number++;
        line = ptn_bytes_trim(line);
        if (line.len == 0 || line.at[0] == '#')
            continue;
        equals = memchr(line.at, '=', line.len);
        if (equals == NULL)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "a line that is not key = value");
        key = ptn_bytes_trim(ptn_bytes_of(line.at, (size_t)(equals - line.at)));
        line = ptn_bytes_trim(ptn_bytes_slice(line, (size_t)(equals - line.at) + 1, SIZE_MAX));
        while (i < PLAN_KEY_COUNT && !ptn_bytes_is(key, plan_keys[i].name))
            i++;
        if (i == PLAN_KEY_COUNT)
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "a key that node.conf does not have");
        if (seen[i])
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "the same key twice");
        seen[i] = true;
        if (!plan_keys[i].take(&plan, line))
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, plan_keys[i].refusal);
    }
    for (size_t i = 0; i < PLAN_KEY_COUNT; i++)
        if (plan_keys[i].needed && !seen[i])
            return ptn_fail(PTN_C_BAD_INPUT, reterr, number, plan_keys[i].refusal);
    if (plan.role != PTN_NODE_GATEWAY &&
        (plan.role == PTN_NODE_KEEPER || plan.role == PTN_NODE_SITE_KEEPER) !=
            (plan.listen[0] != '\0'))
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number,
                        "listen: keepers have one, gateways may, nobody else");
    if (plan.view[0] != '\0' && plan.role != PTN_NODE_CENTRE)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "view: centres have one, nobody else");
    if (plan.public_dir[0] != '\0' && plan.listen[0] != '\0')
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "public: posts and centres write a page");
    if (plan.forget_after_h != 0 && plan.role != PTN_NODE_POST)
        return ptn_fail(PTN_C_BAD_INPUT, reterr, number, "forget-after: posts forget, nobody else");
    *ret_plan = plan;
    return PTN_OK;
}

struct ptn_status ptn_node_plan_write(const struct ptn_node_plan *plan, struct ptn_buffer *out)
{
    struct ptn_status status =
        ptn_buffer_addf(out, "name = %s\ncode = %s\nkind = %s\nstate = %s\nport = %u\n", plan->name,
                        plan->code, ptn_node_kind_word(plan), plan->state, plan->port);

    if (ptn_ok(status) && plan->origin[0] != '\0')
        status = ptn_buffer_addf(out, "origin = %s\n", plan->origin);
    if (ptn_ok(status) && plan->listen[0] != '\0')
        status = ptn_buffer_addf(out, "listen = %s\n", plan->listen);
    if (ptn_ok(status) && plan->host[0] != '\0')
        status = ptn_buffer_addf(out, "host = %s\n", plan->host);
    if (ptn_ok(status) && plan->view[0] != '\0')
        status = ptn_buffer_addf(out, "view = %s\n", plan->view);
    if (ptn_ok(status) && plan->public_dir[0] != '\0')
        status = ptn_buffer_addf(out, "public = %s\n", plan->public_dir);
    if (ptn_ok(status) && plan->notices[0] != '\0')
        status = ptn_buffer_addf(out, "notices = %s\n", plan->notices);
    if (ptn_ok(status) && plan->metrics_dir[0] != '\0')
        status = ptn_buffer_addf(out, "metrics = %s\n", plan->metrics_dir);
    if (ptn_ok(status) && plan->forget_after_h == PTN_NODE_FORGETS_NEVER)
        status = ptn_buffer_add_text(out, "forget-after = never\n");
    else if (ptn_ok(status) && plan->forget_after_h != 0)
        status = ptn_buffer_addf(out, "forget-after = %u\n", plan->forget_after_h);
    if (ptn_ok(status))
        status = ptn_buffer_addf(out, "demonstration = %s\n", plan->demonstration ? "yes" : "no");
    return status;
}
