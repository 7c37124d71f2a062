"""tools/embed.py INPUT SYMBOL HEADER OUTPUT: a file as a C array SYMBOL[] with its length SYMBOL_len, declared in HEADER."""
import sys

source, symbol, header, output = sys.argv[1:]
data = open(source, "rb").read()
with open(output, "w", encoding="ascii") as out:
    out.write(f'#include "{header}"\n\nconst uint8_t {symbol}[] = {{\n')
    for at in range(0, len(data), 16):
        out.write("    " + " ".join(f"{byte}," for byte in data[at:at + 16]) + "\n")
    out.write(f"}};\nconst size_t {symbol}_len = sizeof({symbol});\n")
