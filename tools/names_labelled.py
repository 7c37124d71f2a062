#!/usr/bin/env python3
"""names_labelled.py albanian|persian > data/names/labelled-….tsv: pairs of names labelled by rule, because nobody publishes such a set.

People are invented: a given name and a surname drawn from the lists below, public parts that many bear. A pair *for* is one invented person
written in two ways by the rules below; a pair *against* is two invented persons that share a part or have parts that look alike, each
written in one way. The same program gives the same bytes (what is drawn follows from SHA-256 of a counter); tests/cli/labelled.py holds it to the file.

What the labels do not know: whether people would call a pair one name. A rule that no State uses would be a wrong label, so each names where it is met."""
import hashlib
import sys

PAIRS = 1200  # of each label
# Invented combinations that some public list has for a real person, by the first digits of their SHA-256: they are passed over.
LISTED = set("""03ff01a909e3 04dcf7f4fe53 264312e1bc97 37cc2560b72e 50785754fdf9 65904a7a4365 6d1c67b24c05 936c1802d751
a5c75e897bed ac1ae6894429 b6528ea0cf38 c358a03cecd6 c88a0a8aff73 ce18101773e5 f221e889773a f26639c5a51f""".split())


class Draw:
    """Numbers that depend on nothing but how many were drawn before."""

    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def below(self, limit):
        self.count += 1
        digest = hashlib.sha256(f"{self.seed} {self.count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def one(self, items):
        return items[self.below(len(items))]


def change(text, table):
    """The longest letters of the table first, from left to right; what the table lacks stays."""
    out, at = [], 0
    longest = max(map(len, table))
    while at < len(text):
        for length in range(longest, 0, -1):
            piece = text[at:at + length]
            if piece in table:
                out.append(table[piece])
                at += length
                break
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def capital(text):
    return " ".join(w[:1].upper() + w[1:] for w in text.split(" "))


def table(text):
    """"a=b c=" to {"a": "b", "c": ""}."""
    return dict(pair.split("=") for pair in text.split())


def apart(a, b):
    """Edit distance, to find parts that look alike."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        former, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            former, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, former + (x != y))
    return row[-1]


# ---- Albanian ----

ALBANIAN_GIVEN = """agim agron albana altin arben arbër ardit arjan artan avni bardhyl bashkim bekim besa besnik blerim blerta bujar burim çlirim dardan dhurata
dritan drita edona elira enver erjon fatbardha fatmir fatos fisnik flamur florim gazmend gentian gëzim gjergj gjon gjyle hashim hysni ilir jehona jeton jetmir kaltrina
kastriot kreshnik kujtim labinot leka liridon lirije lulzim mërgim mimoza myrvete nexhmije nazmi pajtim përparim petrit qazim qerim qëndrim rexhep rrahim rrezarta shaban
shkëlqim shpëtim shpresë shqipe skënder sokol sylejman teuta trëndafile uran valdete valon veton vjosa vullnet xhafer xhavit xhemile xheladin yll ylber zef zenel zhaneta
zylfije""".split()
ALBANIAN_SURNAMES = """ademi ahmeti aliu arifaj avdiu bajrami bala bardhi bejta berisha brahimi bushati bytyqi çaushi çela cenaj dauti demaj deliu dervishi dragusha
duraku elezi fejza gashi gjini gjoka gjonaj halili haxhiu hoti hoxha hyseni ibrahimi ismajli jashari kadriu kelmendi kastrati kërçova koci krasniqi kryeziu kurti leka
lleshi lushaj maloku mazreku mehmeti morina mulliqi mustafa ndrecaj neziri nikçi paçarizi pirraku prekaj qerkezi qorri rama rexhepi rugova rraci sadiku salihu shala
shehu shkreli shllaku sopi spahiu sylaj syla tahiri thaçi tolaj topalli ukaj veseli vllasi xhaka xhema xhemaili xhepa zeka zeneli zhegrova zogaj zymberi""".split()

SERBIAN = table("xh=dž gj=đ dh=d th=t sh=š zh=ž nj=nj ll=l rr=r ç=č q=ć x=dz y=i ë=e")
SERBIAN_SOFT = {**SERBIAN, "l": "lj"}
CYRILLIC = table("dž=џ lj=љ nj=њ a=а b=б c=ц č=ч ć=ћ d=д đ=ђ e=е f=ф g=г h=х i=и j=ј k=к l=л m=м n=н o=о p=п r=р s=с š=ш t=т u=у v=в z=з ž=ж")
MACEDONIAN = table("xh=џ gj=ѓ dh=д th=т sh=ш zh=ж nj=њ ll=л rr=р x=ѕ a=а b=б c=ц ç=ч d=д e=е ë=е f=ф g=г h=х i=и j=ј k=к l=л m=м n=н o=о p=п q=ќ r=р s=с t=т u=у v=в y=и z=з")
GREEK = table("nd=ντ mb=μπ ng=γκ xh=τζ gj=γκι dh=δ th=θ sh=σ zh=ζ nj=νι ll=λ rr=ρ x=ντζ a=α b=μπ c=τσ ç=τσ d=ντ e=ε ë=ε f=φ g=γκ h=χ i=ι j=ι k=κ l=λ m=μ n=ν o=ο p=π q=κι r=ρ s=σ t=τ "
              "u=ου v=β y=ι z=ζ")
ELOT = table("μπ=b ντ=nt γκ=gk τσ=ts τζ=tz ου=ou α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ο=o π=p ρ=r σ=s ς=s τ=t φ=f χ=ch")


def greek(text):
    text = "γ" * text.startswith("j") + change(text, GREEK)
    return text[:-1] + "ς" if text.endswith("σ") else text


def joined(rule):
    return lambda given, surname: capital(f"{rule(given)} {rule(surname)}")


def mrz(given, surname):
    plain = {"ë": "E", "ç": "C"}
    return f"{change(surname, plain)}<<{change(given, plain)}".upper()


def definite(given, surname):
    """Shpresë, Shpresa; Agim, Agimi; Leka, Lekë; Gashi, Gash: the definite ending on or off."""
    def turned(word):
        if word.endswith("ë"):
            return word[:-1] + "a"
        if word.endswith("a"):
            return word[:-1] + "ë"
        if word.endswith("i"):
            return word[:-1]
        return word + ("u" if word[-1] in "kgh" else "i") if word[-1] not in "aeiouyë" else word
    return capital(f"{turned(given)} {surname}" if len(given) % 2 else f"{given} {turned(surname)}")


ALBANIAN = [
    ("orthography", joined(lambda t: t)),
    ("surname first", lambda g, s: capital(f"{s} {g}")),
    ("no marks: e for ë, c for ç", joined(lambda t: change(t, table("ë=e ç=c")))),
    ("ë left out, as it is said", joined(lambda t: change(t, table("ë= ç=c")) if t != "yll" else t)),
    ("q for ç, as in Kosovo", joined(lambda t: change(t, table("ë=e ç=q")))),
    ("English newspapers", joined(lambda t: change(t, table("ë=e ç=ch q=q xh=j x=dz gj=gj j=y c=ts sh=sh zh=zh")))),
    ("ch for q and ç", joined(lambda t: change(t, table("ë=e ç=ch q=ch xh=dj gj=dj")))),
    ("German", joined(lambda t: change(t, table("ë=e ç=tsch q=q xh=dsch sh=sch zh=sch z=s c=z y=ü")))),
    ("French", joined(lambda t: change(t, table("ë=e ç=tch q=k xh=dj gj=dj sh=ch zh=j u=ou")))),
    ("Turkish", joined(lambda t: change(t, table("ë=e xh=c sh=ş q=k y=ü x=z")))),
    ("Serbian Latin", joined(lambda t: change(t, SERBIAN))),
    ("Serbian Latin, lj for l", joined(lambda t: change(t, SERBIAN_SOFT))),
    ("Serbian Latin without marks", joined(lambda t: change(change(t, SERBIAN), table("dž=dz đ=dj č=c ć=c š=s ž=z")))),
    ("Serbian Cyrillic", joined(lambda t: change(change(t, SERBIAN), CYRILLIC))),
    ("Macedonian Cyrillic", joined(lambda t: change(t, MACEDONIAN))),
    ("Greek", joined(greek)),
    ("Greek, and back to Latin as Greece prints it (ELOT 743)", joined(lambda t: change(greek(t), ELOT))),
    ("definite ending on or off", definite),
    ("machine readable zone", mrz),
]

# ---- Persian ----

# Persian letters and sounds (â as in "car", x as in "loch", q the uvular, ' the glottal stop).
PERSIAN_GIVEN = """آرش=âraš آرمان=ârmân آزاده=âzâde آناهیتا=ânâhitâ اردشیر=ardešir اسفندیار=esfandyâr افسانه=afsâne امیرحسین=amir_hoseyn ایرج=iraj بابک=bâbak بهرام=bahrâm
بهروز=behruz بهمن=bahman بیژن=bižan پروانه=parvâne پروین=parvin پرویز=parviz پیمان=peymân تهمینه=tahmine جمشید=jamšid جواد=javâd حامد=hâmed حبیب=habib حسام=hesâm
حمید=hamid خسرو=xosrow داریوش=dâryuš رامین=râmin رستم=rostam رضا=rezâ روزبه=ruzbeh زهره=zohre ژاله=žâle سارا=sârâ ساسان=sâsân سپیده=sepide سعید=sa'id سهراب=sohrâb سیاوش=siyâvaš
سیمین=simin شاپور=šâpur شاهرخ=šâhrox شهرام=šahrâm شهریار=šahryâr شیرین=širin صادق=sâdeq طاهره=tâhere علیرضا=ali_rezâ غلامرضا=qolâm_rezâ فرامرز=farâmarz فرشته=ferešte
فرهاد=farhâd فریبا=faribâ فریدون=fereydun قاسم=qâsem کامران=kâmrân کاوه=kâve کورش=kuroš کیان=kiyân گلنار=golnâr لیلا=leylâ ماندانا=mândânâ محمدرضا=mohammad_rezâ
محمود=mahmud مریم=maryam منصور=mansur منوچهر=manučehr مهدی=mahdi مهرداد=mehrdâd مینا=minâ نادر=nâder نازنین=nâzanin نرگس=narges نوشین=nušin هما=homâ هوشنگ=hušang
یاسمن=yâsaman یعقوب=ya'qub یوسف=yusef""".split()
PERSIAN_SURNAMES = """آذرخش=âzaraxš آریان‌پور=âryân_pur آهنگر=âhangar ابریشمی=abrišami اخوان=axavân اردبیلی=ardabili اسدپور=asad_pur اصفهانی=esfahâni امینی=amini ایزدی=izadi باقری=bâqeri
بختیاری=baxtyâri برزگر=barzegar بهارلو=bahârlu بهشتی=behešti پارسا=pârsâ پاکدل=pâkdel پهلوان=pahlavân تبریزی=tabrizi توکلی=tavakkoli جعفرزاده=ja'far_zâde جهانگیری=jahângiri
حسن‌زاده=hasan_zâde حیدری=heydari خاوری=xâvari خرسندی=xorsandi خوشبخت=xošbaxt داوودی=dâvudi دهقان=dehqân رستگار=rastegâr رفیعی=rafi'i روشن=rowšan زرین‌کفش=zarrin_kafš ساعدی=sâ'edi
سبزواری=sabzevâri سروش=soruš شجاعی=šojâ'i شریفی=šarifi شمس=šams شیرازی=širâzi صبوری=saburi صدوقی=saduqi طباطبایی=tabâtabâyi طلوعی=tolu'i عباس‌نژاد=abbâs_nežâd عظیمی=azimi
غفاری=qaffâri فاضلی=fâzeli فتحی=fathi فراهانی=farâhâni فرخ‌زاد=farrox_zâd فروزان=foruzân قاضی‌زاده=qâzi_zâde قربان‌پور=qorbân_pur قنبری=qanbari کاشانی=kâšâni کاظمی=kâzemi
کریمی=karimi کشاورز=kešâvarz گلستانی=golestâni گنجی=ganji لاجوردی=lâjvardi مازندرانی=mâzandarâni محبی=mohebbi مرادی=morâdi مشیری=moširi مقدم=moqaddam ملک‌زاده=malek_zâde
منتظری=montazeri موسوی=musavi مهاجر=mohâjer میرزایی=mirzâyi نجفی=najafi نوروزی=nowruzi نیک‌نژاد=nik_nežâd وحیدی=vahidi هاشمی=hâšemi همتی=hemmati یزدانی=yazdâni""".split()

PLAIN = table("â=a š=sh č=ch ž=zh x=kh q=gh '= ey=ey ow=ow")


def roman(text, **other):
    """How a romanisation writes the sounds: PLAIN, and what is given for single ones (e for a at the end: final)."""
    final = other.pop("final", "e")
    sign = other.pop("sign", " ")
    words = [w[:-1] + final if w.endswith("e") else w for w in text.split("_")]
    return sign.join(change(w, {**PLAIN, **other}) for w in words)


RUSSIAN = table("yâ=я ya=я yu=ю â=а a=а b=б p=п t=т j=дж č=ч h=х x=х d=д r=р z=з ž=ж s=с š=ш q=г f=ф k=к g=г l=л m=м n=н v=в u=у o=о e=е i=и y=й '= ey=ей ow=оу")


def both(rule):
    """A rule for the sounds of one part, for a whole name."""
    return lambda given, surname: capital(f"{rule(given[1])} {rule(surname[1])}")


def letters(rule):
    return lambda given, surname: f"{rule(given[0])} {rule(surname[0])}"


PERSIAN = [
    ("Persian letters", letters(lambda t: t)),
    ("Persian letters, Arabic yeh and kaf", letters(lambda t: change(t, {"ی": "ي", "ک": "ك"}))),
    ("Persian letters, a space for the joiner", letters(lambda t: t.replace("\u200c", " "))),
    ("Persian letters, joiner left out", letters(lambda t: t.replace("\u200c", ""))),
    ("usual English, joined", both(lambda t: roman(t, sign="", final="eh"))),
    ("usual English, a hyphen", both(lambda t: roman(t, sign="-", final="eh"))),
    ("usual English, a space", both(lambda t: roman(t, ey="ei"))),
    ("passports: ou for u", both(lambda t: roman(t, sign="", final="eh", u="ou", ey="ei"))),
    ("ee and oo", both(lambda t: roman(t, sign="", final="eh", i="ee", u="oo", ey="ay", ow="o"))),
    ("q for the uvular", both(lambda t: roman(t, sign="", q="q", ow="o"))),
    ("a for every e and o for u", both(lambda t: roman(t, sign="", final="a", u="o"))),
    ("Arabic vowels, as Afghan and Arab clerks write", both(lambda t: roman(t, sign="", final="ah", e="i", o="u", ey="ai", ow="aw", v="w"))),
    ("French", both(lambda t: roman(t, sign="", final="eh", š="ch", č="tch", j="dj", u="ou", ž="j"))),
    ("German", both(lambda t: roman(t, sign="", š="sch", č="tsch", j="dsch", x="ch", y="j", v="w", z="s"))),
    ("library: marks", both(lambda t: roman(t, sign="", final="ah", â="ā", i="ī", u="ū", o="u", e="i"))),
    ("scholars: marks", both(lambda t: roman(t, sign="", â="ā", š="š", č="č", ž="ž", x="ḵ", q="q", ow="ow"))),
    ("Russian", both(lambda t: change(t.replace("_", ""), RUSSIAN))),
    ("surname first", lambda g, s: capital(f"{roman(s[1], sign='')} {roman(g[1], sign='')}")),
    ("machine readable zone", lambda g, s: f"{roman(s[1], sign='', final='eh')}<<{roman(g[1], sign='', final='eh')}".upper()),
]

# ---- pairs ----

SETS = {
    "albanian": (ALBANIAN_GIVEN, ALBANIAN_SURNAMES, ALBANIAN, lambda part: part),
    "persian": ([tuple(p.split("=")) for p in PERSIAN_GIVEN], [tuple(p.split("=")) for p in PERSIAN_SURNAMES], PERSIAN, lambda part: part[1]),
}


NEAREST = {}


def nearest(part, parts, plain):
    """The parts that look most like this one, four of them."""
    if (part, id(parts)) not in NEAREST:
        NEAREST[part, id(parts)] = sorted((p for p in parts if p != part), key=lambda p: (apart(plain(p), plain(part)), plain(p)))[:4]
    return NEAREST[part, id(parts)]


def usable(given, surname, rules):
    text = rules[0][1](given, surname)
    return hashlib.sha256(text.encode()).hexdigest()[:12] not in LISTED


def person(draw, given, surnames, rules):
    while True:
        whole = draw.one(given), draw.one(surnames)
        if usable(*whole, rules):
            return whole


def pair_for(draw, given, surnames, rules, _plain):
    whole = person(draw, given, surnames, rules)
    first = draw.below(len(rules))
    second = (first + 1 + draw.below(len(rules) - 1)) % len(rules)
    return rules[first][1](*whole), rules[second][1](*whole), f"{rules[first][0]} | {rules[second][0]}"


def pair_against(draw, given, surnames, rules, plain):
    """One part shared, or one shared and the other alike, or both alike: in turn."""
    whole = person(draw, given, surnames, rules)
    kind = ("another surname", "another given name", "a surname that looks alike", "a given name that looks alike", "both look alike")[draw.below(5)]
    other = {"another surname": lambda: (whole[0], draw.one(surnames)), "another given name": lambda: (draw.one(given), whole[1]),
             "a surname that looks alike": lambda: (whole[0], draw.one(nearest(whole[1], surnames, plain))),
             "a given name that looks alike": lambda: (draw.one(nearest(whole[0], given, plain)), whole[1]),
             "both look alike": lambda: (draw.one(nearest(whole[0], given, plain)), draw.one(nearest(whole[1], surnames, plain)))}[kind]()
    if other == whole or not usable(*other, rules):
        return pair_against(draw, given, surnames, rules, plain)
    return draw.one(rules)[1](*whole), draw.one(rules)[1](*other), kind


def main():
    name = sys.argv[1]
    given, surnames, rules, plain = SETS[name]
    draw = Draw(f"postern labelled {name}")
    print(f"# Labelled pairs of invented {name.capitalize()} names, made by rule: python3 tools/names_labelled.py {name}. Never edit it by hand; the rules, and what a label means, are in that")
    print(f"# program. {len(given)} given names and {len(surnames)} surnames, public parts that many bear, freely combined: nobody is meant. label 1: one name written in two ways")
    print("# (how: the two rules); label 0: two names of two people (how: what makes them alike). The ways of writing are:")
    for title, rule in rules:
        print(f"#   {title}: {rule(given[len(given) // 2], surnames[len(surnames) // 2])}")
    print("# name_a\tname_b\tlabel\thow")
    made = set()
    for label, make in (("1", pair_for), ("0", pair_against)):
        count = 0
        while count < PAIRS:
            a, b, how = make(draw, given, surnames, rules, plain)
            if a == b or (a, b) in made:
                continue
            made.add((a, b))
            count += 1
            print(a, b, label, how, sep="\t")


if __name__ == "__main__":
    main()
