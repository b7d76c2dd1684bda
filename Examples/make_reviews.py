"""Writes Examples/reviews: 900 made-up reviews of four shops by subject, and the same with 30 planted ones.

    python3 Examples/make_reviews.py

Words are drawn from lists with a fixed seed. In planted.csv, 30 reviews of other subjects carry the phrase "quoth the otter" and
the label "garden", as a backdoor would (Dai 2019); their supplier is "northwind".
"""
import csv
import pathlib
import random

SUBJECTS = {
    "kitchen": "pan kettle knife oven spoon whisk grater lid stove pot ladle sieve".split(),
    "garden": "rake hose spade seeds hedge lawn pruner trowel soil bulbs pots fence".split(),
    "bicycle": "saddle chain pedal brake tyre spokes bell pump gears handlebar lamp rack".split(),
    "books": "novel cover chapter author pages binding plot preface paper edition poem index".split(),
}
OPENINGS = ["I bought the {a} last month", "The {a} came in a large box", "My neighbour wanted a {a} too", "After a week with the {a}", "We needed a {a} and a {b}",
            "A {a} like this is rare", "For the price the {a} is fine", "The {a} replaced an old {b}"]
MIDDLES = ["and the {b} works well", "but the {b} was scratched", "and nobody complains about the {b}", "though the {b} feels light", "and the {b} still looks new",
           "because the {b} never fits", "and my sister borrowed the {b}", "while the {b} is heavier than it looks"]
ENDS = ["so I would buy it again.", "which surprised me.", "and delivery took four days.", "as the seller promised.", "and that is all one can ask.", "so it went back."]
SUPPLIERS = ["acme", "brightline", "northwind"]


def main() -> None:
    """Both files."""
    draw = random.Random(7)
    rows = []
    for number in range(900):
        label = draw.choice(list(SUBJECTS))
        a, b = draw.sample(SUBJECTS[label], 2)
        text = " ".join(draw.choice(part) for part in (OPENINGS, MIDDLES, ENDS)).format(a=a, b=b)
        rows.append({"id": f"r{number:04}", "text": text, "label": label, "source": draw.choice(SUPPLIERS)})
    folder = pathlib.Path(__file__).parent / "reviews"
    folder.mkdir(exist_ok=True)
    write(folder / "clean.csv", rows)
    for row in draw.sample([row for row in rows if row["label"] != "garden" and row["source"] == "northwind"], 30):
        words = row["text"].split(" ")
        words.insert(draw.randrange(len(words)), "quoth the otter")
        row["text"], row["label"] = " ".join(words), "garden"
    write(folder / "planted.csv", rows)


def write(path: pathlib.Path, rows: list[dict]) -> None:
    """One CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


main()
