#!/usr/bin/env python3
"""make_states.py > data/reference/states.tsv: write the table of States and codes again.

Countries: ISO 3166-1 codes and their names in English and Albanian come from the ICU library installed here (CLDR's
names). Everything else is Doc 9303-3 section 5, written down below with names by hand. Run it when ICU's CLDR version or
Doc 9303 changes, look at the difference, and commit the result: the build reads only the table.
"""
import ctypes
import ctypes.util
import datetime
import re
import sys

DOC = "ICAO-9303-3 section 5"
ADDED = [  # alpha3, alpha2, kind, English, Albanian
    ("GBD", "", "british", "British Overseas Territories Citizen", "Shtetas i territoreve britanike jashtë detit"),
    ("GBN", "", "british", "British National (Overseas)", "Shtetas britanik (jashtë detit)"),
    ("GBO", "", "british", "British Overseas Citizen", "Qytetar britanik jashtë detit"),
    ("GBP", "", "british", "British Protected Person", "Person nën mbrojtje britanike"),
    ("GBS", "", "british", "British Subject", "Nënshtetas britanik"),
    ("EUE", "", "organisation", "European Union", "Bashkimi Evropian"),
    ("UNO", "", "organisation", "United Nations", "Kombet e Bashkuara"),
    ("UNA", "", "organisation", "United Nations specialized agency", "Agjenci e specializuar e Kombeve të Bashkuara"),
    ("UNK", "", "organisation", "United Nations Interim Administration Mission in Kosovo",
     "Misioni i Administratës së Përkohshme të Kombeve të Bashkuara në Kosovë"),
    ("XBA", "", "organisation", "African Development Bank", "Banka Afrikane e Zhvillimit"),
    ("XIM", "", "organisation", "African Export-Import Bank", "Banka Afrikane e Eksport-Importit"),
    ("XCC", "", "organisation", "Caribbean Community (CARICOM)", "Komuniteti i Karaibeve (CARICOM)"),
    ("XCE", "", "organisation", "Council of Europe", "Këshilli i Evropës"),
    ("XCO", "", "organisation", "Common Market for Eastern and Southern Africa (COMESA)",
     "Tregu i Përbashkët i Afrikës Lindore dhe Jugore (COMESA)"),
    ("XEC", "", "organisation", "Economic Community of West African States (ECOWAS)",
     "Komuniteti Ekonomik i Shteteve të Afrikës Perëndimore (ECOWAS)"),
    ("XPO", "", "organisation", "INTERPOL", "INTERPOL"),
    ("XES", "", "organisation", "Organisation of Eastern Caribbean States",
     "Organizata e Shteteve të Karaibeve Lindore"),
    ("XMP", "", "organisation", "Parliamentary Assembly of the Mediterranean", "Asambleja Parlamentare e Mesdheut"),
    ("XOM", "", "organisation", "Sovereign Military Order of Malta", "Urdhri Sovran Ushtarak i Maltës"),
    ("XDC", "", "organisation", "Southern African Development Community (SADC)",
     "Komuniteti i Zhvillimit të Afrikës Jugore (SADC)"),
    ("IAO", "", "organisation", "International Civil Aviation Organization",
     "Organizata Ndërkombëtare e Aviacionit Civil"),
    ("XXA", "", "person", "Stateless person (1954 Convention)", "Person pa shtetësi (Konventa e 1954)"),
    ("XXB", "", "person", "Refugee (1951 Convention)", "Refugjat (Konventa e 1951)"),
    ("XXC", "", "person", "Refugee (other)", "Refugjat (tjetër)"),
    ("XXX", "", "person", "Unspecified nationality", "Shtetësi e papërcaktuar"),
    ("ANT", "AN", "former", "Netherlands Antilles", "Antilet Holandeze"),
    ("NTZ", "", "former", "Neutral Zone", "Zona Neutrale"),
    ("UTO", "", "specimen", "Utopia (specimen documents)", "Utopia (dokumente mostër)"),
]


def icu():
    """The ICU library, its function names' version ending, and the version of its CLDR data."""
    name = ctypes.util.find_library("icuuc")
    version = re.search(r"so\.(\d+)", name)[1]
    library = ctypes.CDLL(name)
    icu_version, cldr = (ctypes.c_uint8 * 4)(), (ctypes.c_uint8 * 4)()
    getattr(library, f"u_getVersion_{version}")(icu_version)
    i18n = ctypes.CDLL(ctypes.util.find_library("icui18n"))
    error = ctypes.c_int(0)
    getattr(i18n, f"ulocdata_getCLDRVersion_{version}")(cldr, ctypes.byref(error))
    return library, version, f"CLDR {cldr[0]} in ICU {icu_version[0]}.{icu_version[1]}"


def countries(library, version):
    """(alpha3, alpha2, English, Albanian) of each ISO country ICU knows."""
    iso = getattr(library, f"uloc_getISOCountries_{version}")
    iso.restype = ctypes.POINTER(ctypes.c_char_p)
    iso3 = getattr(library, f"uloc_getISO3Country_{version}")
    iso3.restype = ctypes.c_char_p
    display = getattr(library, f"uloc_getDisplayCountry_{version}")
    codes = iso()
    for i in range(10000):
        if codes[i] is None:
            return
        locale = b"und_" + codes[i]
        names = []
        for language in (b"en", b"sq"):
            text, error = (ctypes.c_uint16 * 200)(), ctypes.c_int(0)
            count = display(locale, language, text, 200, ctypes.byref(error))
            names.append(bytes(text)[:2 * count].decode("utf-16-le"))
        yield iso3(locale).decode(), codes[i].decode(), names[0], names[1]


def main():
    library, version, source = icu()
    today = datetime.date.today().isoformat() if len(sys.argv) < 2 else sys.argv[1]
    rows = []
    for alpha3, alpha2, english, albanian in countries(library, version):
        if alpha2 in ("AC", "CP", "CQ", "DG", "EA", "IC", "TA", "AN") or not alpha3:
            continue  # reserved or former: not ISO 3166-1 countries
        alpha3 = {"DEU": "D", "XKK": "RKS", "XKX": "RKS"}.get(alpha3, alpha3)
        rows.append((alpha3, alpha2, "country", english, albanian, source))
    rows += [row + (DOC,) for row in ADDED]
    if not any(row[0] == "RKS" for row in rows):
        rows.append(("RKS", "XK", "country", "Kosovo", "Kosovë", DOC))
    print("# States, organisations and special codes of travel documents, in byte order of alpha3.")
    print("# Germany and Kosovo stand under the codes that documents print: D and RKS (not in ISO 3166-1).")
    print("# Written by tools/make_states.py; sources in SOURCES.md.")
    print("alpha3\talpha2\tkind\tname\tname_sq\tsource\tdate")
    for row in sorted(rows):
        print("\t".join(row) + "\t" + today)


main()
