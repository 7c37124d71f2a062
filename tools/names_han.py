"""tools/names_han.py > data/names/han.tsv: the Mandarin reading of each Han character, as ICU's Han-Latin transform gives it
(uconv of Debian's icu-devtools; Unicode licence). Run by hand when ICU is newer; the output is committed."""
import subprocess

characters = [chr(code) for code in range(0x4E00, 0xA000)]
done = subprocess.run(["uconv", "-f", "utf-8", "-t", "utf-8", "-x", "Han-Latin; Latin-ASCII; Lower"],
                      input="\n".join(characters).encode(), stdout=subprocess.PIPE, check=True)
print("# Mandarin readings of Han characters without tones: ICU 72 transform Han-Latin, by tools/names_han.py.")
for character, reading in zip(characters, done.stdout.decode().split("\n")):
    if reading.isascii() and reading.isalpha() and len(reading) <= 7:
        print(f"{character}\t{reading}")
