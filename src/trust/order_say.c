/*
 * trust/order_say.c -- an order in plain words, in English or Albanian, for people to read before
 * they sign and before they act.
 */
#include "trust/order.h"

/* A phrase in both languages. */
struct phrase {
    const char *english, *albanian;
};

struct saying {
    struct ptn_buffer *out;
    struct ptn_status status; /* the first failure sticks */
    bool albanian;
};

static const struct phrase verbs[PTN_ORDER_VERB_COUNT] = {
    [PTN_ORDER_WITHDRAW] = { "TAKE OUT OF SERVICE", "HIQE NGA SHËRBIMI" },
    [PTN_ORDER_RESTORE] = { "RETURN TO SERVICE", "KTHE NË SHËRBIM" },
    [PTN_ORDER_ANNUL] = { "ANNUL A STOP that was forged or a mistake",
                          "ANULO NJË NDALESË që ishte e falsifikuar ose gabim" },
    [PTN_ORDER_REVOKE] = { "REVOKE: it no longer counts", "SHFUQIZO: nuk vlen më" },
    [PTN_ORDER_DISTRUST] = { "DISTRUST a ledger's key from a point on",
                             "MOS I BESO çelësit të një regjistri nga një pikë e tutje" },
    [PTN_ORDER_RELEASE] = { "RELEASE software that may run", "LEJO një program të punojë" },
    [PTN_ORDER_ERASE] = { "ERASE records for good", "FSHI regjistrime përgjithmonë" },
    [PTN_ORDER_CLOSE] = { "THE CAUSE IS CLOSED: how they came in is found and shut",
                          "SHKAKU ËSHTË MBYLLUR: si hynë është gjetur dhe mbyllur" },
    [PTN_ORDER_ADVANCE] = { "A RETURN GOES ON to more lanes", "KTHIMI VAZHDON me më shumë korsi" },
    [PTN_ORDER_REMOVE] = { "REMOVE: the reasons that these published records take away may go",
                           "HIQE: arsyet që këto regjistrime të botuara heqin, hiqen" },
    [PTN_ORDER_VOID] = { "VOID: what this ledger published from a point on is in force no more",
                         "ANULO: çfarë ky regjistër botoi nga një pikë e tutje nuk vlen më" },
};

static const struct phrase causes[PTN_CAUSE_COUNT] = {
    [PTN_CAUSE_NONE] = { "none", "asnjë" },
    [PTN_CAUSE_DRILL] = { "a drill", "stërvitje" },
    [PTN_CAUSE_MISTAKE] = { "a mistake", "gabim" },
    [PTN_CAUSE_TECHNICAL] = { "a technical fault", "defekt teknik" },
    [PTN_CAUSE_ATTACK] = { "AN ATTACK", "SULM" },
};

static const struct {
    enum ptn_function function;
    struct phrase phrase;
} functions[PTN_FUNCTION_COUNT] = {
    { PTN_FUNCTION_LANES_IN, { "lanes for entry", "korsitë e hyrjes" } },
    { PTN_FUNCTION_LANES_OUT, { "lanes for exit", "korsitë e daljes" } },
    { PTN_FUNCTION_UPDATES,
      { "removals from lists and clearances (held back; additions still come)",
        "heqjet nga listat dhe lirimet (mbahen; shtimet vijnë ende)" } },
    { PTN_FUNCTION_MESSAGES, { "carriers' messages", "mesazhet e transportuesve" } },
    { PTN_FUNCTION_CHIPS, { "reading of documents' chips", "leximi i çipave të dokumenteve" } },
    { PTN_FUNCTION_EXPORTS, { "exports of data", "nxjerrja e të dhënave" } },
    { PTN_FUNCTION_ADMINISTRATION, { "remote administration", "administrimi nga larg" } },
};

static const struct {
    unsigned kind;
    struct phrase phrase;
} kinds[] = {
    { PTN_ORDER_AIRPORT, { "every airport", "çdo aeroport" } },
    { PTN_ORDER_LAND, { "every land crossing", "çdo pikë tokësore" } },
    { PTN_ORDER_SEAPORT, { "every seaport", "çdo port detar" } },
};

static void say_bytes(struct saying *saying, struct ptn_bytes bytes)
{
    if (ptn_ok(saying->status))
        saying->status = ptn_buffer_add(saying->out, bytes);
}

static void say_text(struct saying *saying, const char *text)
{
    say_bytes(saying, ptn_bytes_from_text(text));
}

static void say(struct saying *saying, struct phrase phrase)
{
    say_text(saying, saying->albanian ? phrase.albanian : phrase.english);
}

/* The start of a line: its label. */
static void label(struct saying *saying, const char *english, const char *albanian)
{
    say(saying, (struct phrase){ english, albanian });
    say_text(saying, ": ");
}

static void end_line(struct saying *saying)
{
    say_text(saying, "\n");
}

static void say_hex(struct saying *saying, const uint8_t *bytes, size_t len)
{
    if (ptn_ok(saying->status))
        saying->status = ptn_buffer_add_hex(saying->out, ptn_bytes_of(bytes, len));
}

/* "2026-09-09 22:04:00 UTC" */
static void say_instant(struct saying *saying, int64_t instant_ms)
{
    char text[PTN_INSTANT_TEXT_SIZE];

    (void)ptn_instant_write(instant_ms, text);
    say_bytes(saying, ptn_bytes_of(text, 10));
    say_text(saying, " ");
    say_bytes(saying, ptn_bytes_of(text + 11, 8));
    say_text(saying, " UTC");
}

/* Each value of a block on a line of its own. */
static void say_block(struct saying *saying, struct ptn_bytes block)
{
    struct ptn_cursor cursor = ptn_cursor_at(block);
    struct ptn_bytes value;

    while (ptn_order_next_line(&cursor, &value)) {
        say_text(saying, "\n  - ");
        say_bytes(saying, value);
    }
    end_line(saying);
}

static void say_functions(struct saying *saying, const struct ptn_order *order)
{
    label(saying, "What", "Çfarë");
    for (size_t i = 0; i < PTN_FUNCTION_COUNT; i++) {
        if ((order->functions & functions[i].function) == 0)
            continue;
        say_text(saying, "\n  - ");
        say(saying, functions[i].phrase);
        if ((functions[i].function & PTN_FUNCTION_LANES) == 0)
            say(saying, (struct phrase){ ": stop", ": ndalen" });
        else if (order->rung == PTN_RUNG_MANUAL)
            say(saying,
                (struct phrase){ ": fall-back MANUAL, on paper", ": mënyra MANUALE, në letër" });
        else
            say(saying, (struct phrase){ ": fall-back LOCAL, each post alone",
                                         ": mënyra LOKALE, çdo pikë më vete" });
    }
    end_line(saying);
}

static void say_where(struct saying *saying, const struct ptn_order *order)
{
    bool first = true;

    label(saying, "Where", "Ku");
    if (order->scope.all)
        say(saying, (struct phrase){ "EVERY POST OF THE COUNTRY", "ÇDO PIKË E VENDIT" });
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if ((order->scope.kinds & kinds[i].kind) == 0)
            continue;
        if (!first)
            say_text(saying, ", ");
        say(saying, kinds[i].phrase);
        first = false;
    }
    say_block(saying, order->scope.posts);
}

static void say_target(struct saying *saying, const struct ptn_order *order)
{
    static const struct phrase words[] = {
        [PTN_ORDER_TARGET_NONE] = { "", "" },
        [PTN_ORDER_TARGET_OFFICER] = { "Officer", "Oficeri" },
        [PTN_ORDER_TARGET_DEVICE] = { "Device", "Pajisja" },
        [PTN_ORDER_TARGET_KEY] = { "Key", "Çelësi" },
    };

    label(saying, words[order->target].english, words[order->target].albanian);
    if (order->target == PTN_ORDER_TARGET_KEY)
        say_hex(saying, order->key, sizeof(order->key));
    else
        say_bytes(saying, order->target_name);
    end_line(saying);
    if (order->verb != PTN_ORDER_DISTRUST && order->verb != PTN_ORDER_VOID)
        return;
    label(saying, "From entry", "Nga hyrja");
    if (ptn_ok(saying->status))
        saying->status = ptn_buffer_add_decimal(saying->out, (int64_t)order->after);
    end_line(saying);
}

static void say_number(struct saying *saying, int64_t number)
{
    if (ptn_ok(saying->status))
        saying->status = ptn_buffer_add_decimal(saying->out, number);
}

static void say_release(struct saying *saying, const struct ptn_order *order)
{
    label(saying, "Programs, by SHA-256", "Programet, sipas SHA-256");
    say_block(saying, order->builds);
    label(saying, "Version", "Versioni");
    say_number(saying, order->version);
    end_line(saying);
    label(saying, "No version below", "Asnjë version nën");
    say_number(saying, order->minimum);
    end_line(saying);
    label(saying, "Installed from the medium, by SHA-256", "Instalohet nga mediumi, sipas SHA-256");
    say_hex(saying, order->medium, sizeof(order->medium));
    end_line(saying);
}

/* "2 d", "24 h", "90 s": the largest unit that divides it. */
static void say_canary(struct saying *saying, uint32_t seconds)
{
    static const struct {
        uint32_t seconds;
        struct phrase phrase;
    } units[] = { { 86400, { " days", " ditë" } },
                  { 3600, { " hours", " orë" } },
                  { 60, { " minutes", " minuta" } },
                  { 1, { " seconds", " sekonda" } } };
    size_t i = 0;

    label(saying, "One lane each way alone, first, for",
          "Vetëm një korsi për drejtim, në fillim, për");
    while (seconds % units[i].seconds != 0)
        i++;
    say_number(saying, seconds / units[i].seconds);
    say(saying, units[i].phrase);
    end_line(saying);
}

static void say_close(struct saying *saying, const struct ptn_order *order)
{
    label(saying, "Closes the cause of these orders", "Mbyll shkakun e këtyre urdhrave");
    say_block(saying, order->ends);
    if (order->sheets_count > 0) {
        label(saying, "All paper sheets of these ledgers are accounted for, by our own count",
              "Të gjitha fletët e këtyre regjistrave janë të llogaritura, sipas numërimit tonë");
        say_block(saying, order->sheets);
    }
    if (order->swept_count > 0) {
        label(saying, "Old disks swept offline and kept; the sweeps' manifests",
              "Disqet e vjetra u kontrolluan jashtë rrjetit dhe ruhen; manifestet");
        say_block(saying, order->swept);
    }
}

static void say_advance(struct saying *saying, const struct ptn_order *order)
{
    label(saying, "To", "Deri te");
    say(saying, order->stage == PTN_STAGE_HALF
                    ? (struct phrase){ "half of the lanes", "gjysma e korsive" }
                    : (struct phrase){ "ALL lanes", "TË GJITHA korsitë" });
    end_line(saying);
    label(saying, "Of these returns", "Të këtyre kthimeve");
    say_block(saying, order->ends);
}

/* What a verb has of its own. */
static void say_own(struct saying *saying, const struct ptn_order *order)
{
    switch (order->verb) {
    case PTN_ORDER_WITHDRAW:
        say_functions(saying, order);
        label(saying, "Cause", "Shkaku");
        say(saying, causes[order->cause]);
        end_line(saying);
        break;
    case PTN_ORDER_RESTORE:
    case PTN_ORDER_ANNUL:
        label(saying, "Ends these orders, and no other", "Mbyll këta urdhra, dhe asnjë tjetër");
        say_block(saying, order->ends);
        if (order->canary_s > 0)
            say_canary(saying, order->canary_s);
        break;
    case PTN_ORDER_CLOSE:
        say_close(saying, order);
        break;
    case PTN_ORDER_ADVANCE:
        say_advance(saying, order);
        break;
    case PTN_ORDER_REMOVE:
        label(saying, "These records of a centre, and no other",
              "Këto regjistrime të një qendre, dhe asnjë tjetër");
        say_block(saying, order->ends);
        break;
    case PTN_ORDER_REVOKE:
    case PTN_ORDER_DISTRUST:
    case PTN_ORDER_VOID:
        say_target(saying, order);
        break;
    case PTN_ORDER_RELEASE:
        say_release(saying, order);
        break;
    case PTN_ORDER_ERASE:
        if (order->payload_count > 0) {
            label(saying, "These sealed records, at every keeper",
                  "Këto regjistrime të vulosura, te çdo ruajtës");
            say_block(saying, order->payloads);
        }
        if (order->month_count > 0) {
            label(saying, "The keys to EVERYTHING that was sealed in these months",
                  "Çelësat e GJITHÇKAJE që u vulos në këta muaj");
            say_block(saying, order->months);
        }
        break;
    case PTN_ORDER_VERB_COUNT:
        break;
    }
}

static const struct phrase needs[PTN_ORDER_VERB_COUNT] = {
    [PTN_ORDER_WITHDRAW] = { "one duty key for at most two posts going local; else two",
                             "një çelës roje për më së shumti dy pika në lokale; përndryshe dy" },
    [PTN_ORDER_RESTORE] = { "after an attack: enough authorities and the gate; else a duty key, "
                            "and from paper the supervisor too",
                            "pas një sulmi: mjaft autoritete dhe porta; përndryshe një çelës "
                            "roje, dhe nga letra edhe mbikëqyrësi" },
    [PTN_ORDER_ANNUL] = { "enough authorities, at least two; only where the post never left local",
                          "mjaft autoritete, të paktën dy; vetëm ku pika nuk doli nga lokalja" },
    [PTN_ORDER_REVOKE] = { "one duty key; for a key, two", "një çelës roje; për një çelës, dy" },
    [PTN_ORDER_DISTRUST] = { "one duty key", "një çelës roje" },
    [PTN_ORDER_RELEASE] = { "enough authorities", "mjaft autoritete" },
    [PTN_ORDER_ERASE] = { "enough authorities; in force 72 hours later",
                          "mjaft autoritete; hyn në fuqi pas 72 orësh" },
    [PTN_ORDER_CLOSE] = { "enough authorities, at least two", "mjaft autoritete, të paktën dy" },
    [PTN_ORDER_REMOVE] = { "enough authorities", "mjaft autoritete" },
    [PTN_ORDER_VOID] = { "enough authorities", "mjaft autoritete" },
    [PTN_ORDER_ADVANCE] = { "a duty key and the supervisor's consent at the post, or enough "
                            "authorities; and the lanes before must have run long enough",
                            "një çelës roje dhe miratimi i mbikëqyrësit në pikë, ose mjaft "
                            "autoritete; dhe korsitë e para duhet të kenë punuar mjaft" },
};

/* The first 16 hex digits of the name in fours: short enough to compare by voice. */
static void say_name(struct saying *saying, const struct ptn_hash *name)
{
    label(saying, "Compare by voice", "Krahasoni me zë");
    for (size_t i = 0; i < 8; i += 2) {
        if (i > 0)
            say_text(saying, " ");
        say_hex(saying, name->at + i, 2);
    }
    end_line(saying);
    label(saying, "Name", "Emri");
    say_hex(saying, name->at, sizeof(name->at));
    end_line(saying);
}

struct ptn_status ptn_order_say(const struct ptn_order *order, const struct ptn_hash *name,
                                bool albanian, struct ptn_buffer *out)
{
    const size_t len = out->len;
    struct saying saying = { .out = out, .albanian = albanian };

    PTN_PRE(order->verb < PTN_ORDER_VERB_COUNT);

    label(&saying, "ORDER", "URDHËR");
    say(&saying, verbs[order->verb]);
    end_line(&saying);
    label(&saying, "Country", "Vendi");
    say_bytes(&saying, order->country);
    end_line(&saying);
    say_own(&saying, order);
    if (order->verb != PTN_ORDER_RELEASE && order->verb != PTN_ORDER_ERASE)
        say_where(&saying, order);
    label(&saying, "Reason given", "Arsyeja e dhënë");
    say_bytes(&saying, order->reason);
    end_line(&saying);
    label(&saying, "Given", "Dhënë");
    say_instant(&saying, order->given_ms);
    end_line(&saying);
    if (order->until_ms != PTN_ORDER_NEVER) {
        label(&saying, "Not after", "Jo pas");
        say_instant(&saying, order->until_ms);
        end_line(&saying);
    }
    label(&saying, "Needs", "Kërkon");
    say(&saying, needs[order->verb]);
    end_line(&saying);
    say_name(&saying, name);
    if (!ptn_ok(saying.status))
        out->len = len;
    return saying.status;
}
