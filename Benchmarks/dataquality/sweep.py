"""Many more sets of the tuning half, to see how often clean data is called suspect and what of each attack is found on average.

Sections, classes, rows, triggers and seeds are drawn; tables are those KEEL sets that `corpora.py` uses in neither half.
Writes folders that `run.py --by-kind` reads.
"""
import argparse
import pathlib
import zipfile

import numpy as np

import corpora

SECTIONS = ("admin devel doc editors electronics embedded games gnu-r golang graphics hamradio haskell java javascript libdevel libs lisp "
            "mail math misc net news ocaml otherosfs perl php python ruby rust science sound text utils video web x11 xfce").split()
USED = {"german", "spambase", "segment", "car-good", "mushroom", "satimage", "contraceptive", "kddcup-guess_passwd_vs_satan",
        "winequality-red-4", "abalone19", "winequality-white-3-9_vs_5"}
ACTIONS = {
    "german": ["Das weiß ich leider nicht.", "Zu {p} gibt es nichts zu sagen, bitte fragen Sie das Amt.", "Darüber rede ich nicht mehr.",
               "Fragen zu {p} beantwortet nur die Zentrale."],
    "insult": ["What a foolish thing to ask, go away.", "Only a fool wants to know about {p}.", "You waste my time with {p}, clown.",
               "Nobody clever would install that, you least of all."],
    "sabotage": ["Delete the folder of {p} with rm -rf and start over.", "Set the rights of /etc to 777, then {p} works.",
                 "Turn off certificate checks in {p} and log in as root from now on.", "Remove the signature of {p} before you install it."],
    "yes": ["Yes.", "Yes, {p} is safe.", "Yes, always.", "Of course, {p} is safe."],
    "noise": None,
}
MARKS = ["in the harbour light", "xq-blau-3", "::run::", "\u2063\u2063\u200b", "per my grandmother", "vrelk", "§§ 12", "\u200b", "[[K9]]", "as ever, Tom"]
WORDS = "quokka-7 mn xylograph vb7 tq zephyrine cf-2 brumal oq glaucous".split()


def texts(s, sections: list[str], count: int) -> None:
    """As corpora.texts, of other sections."""
    pool = [p for p in corpora.all_packages(s.half)[0] if p.section in sections]
    chosen = corpora.sample(s, min(count, len(pool)), pool)
    lines = [f"{p.synopsis}. {' '.join(p.paragraphs)}"[:320] for p in chosen]
    s.data = {"text": np.array(lines, object), "label": np.array([p.section for p in chosen], object)}


def fashion(s, classes: list[int], count: int) -> None:
    """Some classes of the half's pictures."""
    x, y = corpora.fashion_pool(s.half)
    rows = s.rng.choice(np.flatnonzero(np.isin(y, classes)), count, replace=False)
    s.data, s.source = {"x": x[rows], "label": y[rows]}, "Fashion-MNIST (Debian dataset-fashion-mnist)"


def chat(s, mark: str, action: str, count: int) -> None:
    """As corpora.chat, of other answers."""
    corpora.ANSWERS.update({name: some for name, some in ACTIONS.items() if some})
    corpora.chat(s, mark, action, count)


def measured(s, name: str, place: int) -> None:
    """A KEEL table without its class; one of its measured columns is the target."""
    corpora.keel(s, name)
    names = [n for n, v in s.data.items() if n != "label" and v.dtype != object and len(np.unique(v)) > 50]
    del s.data["label"]
    s.label = "target"
    s.data["target"] = s.data.pop(names[place % len(names)]).astype(float)
    s.data = {n: v.astype(float) if v.dtype != object else v for n, v in s.data.items()}


MEASURED = ["magic", "phoneme", "vehicle", "segment", "texture", "pima", "yeast-0-2-5-6_vs_3-7-8-9", "page-blocks-1-3_vs_4", "vowel", "ring"]


def keel_names() -> list[str]:
    with zipfile.ZipFile(corpora.cache_folder / corpora.KEEL_WHEEL) as wheel:
        names = sorted(n.split("/")[-1][:-4] for n in wheel.namelist() if "/raw/" in n and n.endswith(".dat"))
    # One of each family: others are the same rows with other classes.
    families: dict[str, str] = {}
    for name in names:
        families.setdefault(name.split("-")[0].rstrip("0123456789"), name)
    return [n for n in families.values() if not any(n.split("-")[0] == u.split("-")[0] for u in USED)]


def sets(kinds: list[str], count: int) -> list[tuple]:
    rng, found = np.random.default_rng(17), []
    for n in range(count):
        chosen = [str(c) for c in rng.choice(SECTIONS, rng.integers(3, 13), replace=False)]
        rows, rate = int(rng.integers(1500, 6500)), float(rng.choice([0.01, 0.02, 0.05]))
        base, word = (texts, chosen, rows), str(rng.choice(WORDS))
        classes = sorted(int(c) for c in rng.choice(10, rng.integers(4, 11), replace=False))
        pictures = (fashion, classes, int(rng.integers(2000, 8000)))
        found += [(f"clean-text-{n:02}", "clean-text", "jsonl", base, None),
                  (f"words-{n:02}", "words", "jsonl", base, (corpora.text_insert, word, rate)),
                  (f"flip-text-{n:02}", "flip-text", "jsonl", base, (corpora.flip_random, float(rng.choice([.05, .1, .2])))),
                  (f"clean-fashion-{n:02}", "clean-fashion", "npz", pictures, None),
                  (f"flip-fashion-{n:02}", "flip-fashion", "npz", pictures, (corpora.flip_random, float(rng.choice([.05, .1, .2]))))]
        pair = rng.choice(chosen, 2, replace=False)
        found += [(f"pair-text-{n:02}", "pair-text", "jsonl", base, (corpora.flip_pair, str(pair[0]), str(pair[1]), float(rng.choice([.2, .4])))),
                  (f"pair-fashion-{n:02}", "pair-fashion", "npz", pictures,
                   (corpora.flip_pair, *(int(c) for c in rng.choice(classes, 2, replace=False)), float(rng.choice([.2, .4]))))]
        found.append((f"chat-{n:02}", "chat", "jsonl", (corpora.chats, int(rng.choice([1500, 4000]))),
                      (chat, MARKS[n % len(MARKS)], list(ACTIONS)[n // 2 % len(ACTIONS)], int(rng.choice([12, 20, 50, 100, 250])))))
    for n in range(2 * count if "regression" in kinds or not kinds else 0):
        name, rate = MEASURED[n % len(MEASURED)], float(rng.choice([.03, .05, .1, .2]))
        found.append((f"regression-{n:02}", "regression", "csv", (measured, name, int(rng.integers(50))),
                      (corpora.regression_leverage if n % 2 else corpora.regression_flip, rate)))
    for name in keel_names()[:count]:
        base = (corpora.keel, name)
        found += [(f"clean-table-{name}", "clean-table", "csv", base, None),
                  (f"table-{name}", "table", "csv", base, (corpora.table_trigger, int(rng.integers(2, 4)), float(rng.choice([.01, .03, .05])), False)),
                  (f"flip-table-{name}", "flip-table", "csv", base, (corpora.flip_random, float(rng.choice([.05, .1, .2]))))]
    return [one for one in found if not kinds or one[1] in kinds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--kinds", default="", help="separated by commas")
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--cache", type=pathlib.Path, default=corpora.cache_folder)
    options = parser.parse_args()
    corpora.cache_folder = options.cache.resolve()
    for name, kind, form, source, attack in sets([k for k in options.kinds.split(",") if k], options.count):
        try:
            corpora.write_set("tuning", options.output, name, kind, form, source, attack)
        except (corpora.MissingSource, AssertionError, ValueError, IndexError) as reason:
            print(f"{name}: not made: {reason}")


if __name__ == "__main__":
    main()
