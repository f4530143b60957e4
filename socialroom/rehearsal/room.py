"""The room of the demo: what its room.toml says."""

from __future__ import annotations

from socialroom.locale import _

SOURCE = "mastodon"  # the source that reads and speaks; its token's secret is SOURCE.token
JOURNALIST = "claire.montferrat@presse.example"
OPERATORS = ("Léa", "Amadou")  # who answers
LEADS = (("Inès", "head"), ("Marc", "manager"))  # to whom cases go up, and who approves
COUNTDOWN = 5  # seconds; a first minute has no time for twenty

LISTED, RULES = "journalists.csv", "rules.toml"  # what lies beside the room's file


def demo_files() -> dict[str, str]:
    """Texts of the files that the room's file names, by name."""
    return {
        LISTED: f"network,handle,name,country\nmastodon,{JOURNALIST},Claire Montferrat,FR\n",
        RULES: f"""# {_("The first rule that matches wins.")}
[[rule]]
name = "{_("press")}"
when = {{ audience = "journalist" }}
then = {{ tag = "{_("press")}", priority = "high" }}

[[rule]]
name = "{_("outage")}"
when = {{ words = 'panne OR outage OR "plus de réseau" OR avería' }}
then = {{ tag = "{_("outage")}" }}
""",
    }


def demo_room(url: str, *, language: str | None = None, theme: str = "house", feeds_every: float = 30.0) -> str:
    """The text of a room.toml that reads the rehearsal network at `url`."""
    spoken = f'language = "{language}"\n' if language else ""
    seats = (*((name, "community") for name in OPERATORS), *LEADS)
    operators = "".join(f'\n[[operator]]\nname = "{name}"\nrole = "{role}"\n' for name, role in seats)
    feeds = "".join(
        f'\n[[source]]\nname = "{name}"\nnetwork = "feeds"\nurl = "{url}/feeds/{file}"\nevery = {feeds_every}\n'
        for name, file in (("press", "press.xml"), ("blog", "blog.atom"), ("app-reviews", "app.json"))
    )
    return f"""# {_("The room of the demo: nothing leaves this machine.")}
[room]
name = "Aurelia"
{spoken}languages = ["fr", "en", "es", "pt", "ar"]
theme = "{theme}"
countdown = {COUNTDOWN}
demo = true

[brand]
name = "Aurelia"
words = ["aurelia", "#aurelia", "@aurelia"]

[[entity]]
name = "Aurelia Fibre"
words = ["fibre", "fibra", "الألياف"]
{operators}
[[source]]
name = "{SOURCE}"
network = "mastodon"
url = "{url}"
account = "aurelia"
timeline = "public"
history = 7
{feeds}
[[feed]]
name = "{_("Mentions")}"
query = 'network:mastodon'

[[feed]]
name = "{_("Press")}"
query = 'network:feeds'

[[feed]]
name = "{_("Unanswered")}"
query = 'aurelia network:mastodon'
unanswered = true

[[feed]]
name = "{_("Angry")}"
query = 'tone:negative'

# What the first minute shows, whatever the seat.
[layout.community]
columns = [["{_("Mentions")}"], ["{_("Press")}", "alerts", "sources"], ["{_("Unanswered")}", "{_("Angry")}"]]
widths = [1.15, 1.0, 1.0]

[[alert]]
rule = "keyword"
name = "panne fibre"
words = ["panne fibre"]

[[alert]]
rule = "watched_author"
name = "{_("journalists")}"
authors = ["{JOURNALIST}"]

[[alert]]
rule = "volume_spike"
of = ["brand"]

[[alert]]
rule = "silent_source"

[desk]
rules = "{RULES}"

[[audience]]
name = "journalist"
file = "{LISTED}"

[[deadline]]
audience = "journalist"
first = "30m"
resolution = "8h"

[[deadline]]
first = "2h"
"""
