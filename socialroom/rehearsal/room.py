"""The room of the demo: what its room.toml says."""

from __future__ import annotations

from socialroom.locale import _

SOURCE = "mastodon"  # the source that reads and speaks; its token's secret is SOURCE.token
JOURNALIST = "claire.montferrat@presse.example"
OPERATORS = ("Léa", "Amadou")
COUNTDOWN = 5  # seconds; a first minute has no time for twenty


def demo_room(url: str, *, language: str | None = None, theme: str = "house", feeds_every: float = 30.0) -> str:
    """The text of a room.toml that reads the rehearsal network at `url`."""
    spoken = f'language = "{language}"\n' if language else ""
    operators = "".join(f'\n[[operator]]\nname = "{name}"\nrole = "community"\n' for name in OPERATORS)
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
"""
