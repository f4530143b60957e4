"""The annotated room.toml that `socialroom init` writes, in the language in use. Aurelia is an invented brand."""

from __future__ import annotations

from socialroom.config.rights import KEYS
from socialroom.config.toml_text import text
from socialroom.locale import _


def sample() -> str:
    """The text of a room.toml to fill in; it loads as it stands."""
    return f"""# {_("A room of socialroom. Everything after # is a remark; socialroom check says what is missing.")}

[room]
name = "Aurelia"                      # {_("shown in the header")}
languages = ["fr", "en", "es", "pt", "ar", "de", "it", "nl", "pl", "ro", "sk", "hy"]  # {_("languages the room works in")}
# language = "fr"                     # {_("of the console; without it, the system's")}
# tone = "accurate"                   # {_("tone by the encoder: right more often, ten times slower; needs socialroom[accurate]")}
theme = "house"                       # house, light, high-contrast, colour-blind
countdown = 20                        # {_("seconds between Ctrl+s and the wire, 0 to 300")}
# countries = ["FR", "BE", "SN"]      # {_("where the brand is, two letters each: a case can be handed to one")}

[brand]
name = "Aurelia"
words = ["aurelia telecom", "#aurelia"]  # {_("what means the brand")}
not = []                                 # {_("posts with these words are left out")}

# {_("Who sits here; without any, the system's user is head. Roles: head, manager, analyst, community, creative, guest.")}
# [[operator]]
# name = "Léa"
# role = "community"
# [[operator]]
# name = "Awa"
# role = "guest"
# country = "SN"                      # {_("a guest with a country sees what is heard from there only")}
# expires = "2027-01-31"              # {_("the last day of the seat")}

# {_("Who may do what, where it is not as usual (the help shows the table): {keys}").format(keys=", ".join(KEYS))}
# [rights]
# publish = ["head"]
# approve = ["head", "manager"]

# {_("Other names to count, and those of the others.")}
# [[entity]]
# name = "Aurelia Fibre"
# words = ["aurelia fibre"]
# [[competitor]]
# name = "Boreal"
# words = ["boreal telecom"]

# {_("Sources. A credential is stored by: socialroom login NETWORK --source NAME (never in this file).")}
[[source]]
name = "hackernews"
network = "hackernews"
query = "aurelia"

# [[source]]
# name = "mastodon"
# network = "mastodon"
# url = "https://mastodon.example"
# tags = ["aurelia"]
# history = 7                         # {_("days to read back at the first start")}
# confirm = true                      # {_("an executive's or the press office's account: always asks once more")}
# country = "FR"                      # {_("of whoever writes there, where no list says another")}

# [[source]]
# name = "bluesky"
# network = "bluesky"
# url = "https://bsky.social"
# account = "aurelia.example"
# query = "aurelia"

# [[source]]
# name = "press"
# network = "feeds"
# url = "https://news.example/rss.xml"

# {_("Feeds: words, phrases, AND OR NOT, lang: network: from: tone: (socialroom query explain says what a query means).")}
[[feed]]
name = {text(_("Mentions"))}
query = 'aurelia NOT from:aurelia'

[[feed]]
name = {text(_("Unanswered"))}
query = 'aurelia'
unanswered = true

# {_("Private messages alone, for the roles that may read them.")}
# [[feed]]
# name = {text(_("Private messages"))}
# private = true

[[feed]]
name = {text(_("Angry"))}
query = 'aurelia AND tone:negative'

# {_("Saved filters of cases: a view (open, unassigned, mine, approval, overdue, snoozed, escalated, …) and what narrows it.")}
# [[filter]]
# name = {text(_("Press in France"))}
# view = "unassigned"
# audience = "journalist"
# country = "FR"                      # {_("or network, language, tag, assigned_to, words (a query)")}

# {_("What a seat opens with, by its role ([layout.own] for every role): columns of feeds and panes.")}
# [layout.community]
# columns = [["cases:unassigned", "cases:mine"], [{text(_("Mentions"))}, "alerts"]]

# {_("Alerts. Without any, a volume spike and a silent source ring.")}
[[alert]]
rule = "keyword"
name = {text(_("outage"))}
words = ["panne", "outage"]

[[alert]]
rule = "volume_spike"

[[alert]]
rule = "silent_source"

# {_("Others: negative_share (the tone turns), reach (press, institutions, many followers), watched_author.")}
# [[alert]]
# rule = "reach"
# followers = 50000

# {_("Planned: while it lasts, so many times as much as usual rings nothing.")}
# [[event]]
# name = "{_("launch")}"
# from = 2026-09-01 18:00:00
# until = 2026-09-02 08:00:00
# times = 3

# [[notify]]
# via = "webhook"
# url = "https://hooks.example/room"
# quiet = "22:00-07:00"               # {_("not then, unless it is red; what still rings is rung at the end")}
# repeat = 15                         # {_("minutes, until somebody acknowledges")}

# {_("Customer care: where g k hands a case to, for a ticket. Secrets: socialroom login webhook --source NAME, or login mail.")}
# [[hand_off]]
# via = "webhook"
# name = "care"
# url = "https://care.example/tickets"
# ticket = "ticket"                   # {_("the field of its answer that holds the ticket")}
# [[hand_off]]
# via = "mail"
# to = "care@aurelia.example"
# [mail]
# host = "mail.example"
# sender = "room@aurelia.example"
# login = "room"

# {_("Translation: g v gives the post in front to this service. Without one no text leaves the room.")}
# [translate]
# via = "libretranslate"
# url = "https://translate.example"
# private = false                     # {_("true: private messages, too")}

# {_("What others must approve first; the first that fits decides. Without any: new posts of those who may not publish.")}
# [[approval]]
# name = "press"
# audiences = ["journalist"]          # {_("or roles, accounts, networks, words (a query), new_posts = true")}
# count = 1

# {_("Who is who, the first that fits. A list is CSV with a header: network, handle, name, country; only handle is needed.")}
# [[audience]]
# name = "journalist"                 # {_("or customer, institution, influencer, employee")}
# file = "journalists.csv"
# [[audience]]
# name = "influencer"
# followers = 50000                   # {_("at least so many, instead of a list")}

# {_("When somebody is there. Deadlines run in these hours only; without hours, always. A country may have its own.")}
# [duty]
# zone = "Europe/Paris"
# hours = ["mon-fri 08:00-20:00", "sat 09:00-13:00"]
# holidays = ["2026-12-25", "2027-01-01"]
# [duty.SN]
# zone = "Africa/Dakar"

# {_("By when an answer is promised, in hours of duty; the first that fits counts. What is late is escalated and rings.")}
# [[deadline]]
# audience = "journalist"             # {_("or network, country; without any: every case")}
# first = "30m"                       # {_("our first reply")}
# resolution = "8h"                   # {_("until it is done")}
# [[deadline]]
# first = "4h"

# {_("How the team answers.")}
# [desk]
# playbook = "playbook"                 # {_("folder of the saved replies, Markdown files")}
# public_numbers = ["+33 9 69 39 00 00", "3900"]  # {_("our own numbers, which may stand in public answers")}
# rules = "rules.toml"                  # {_("sort cases in: tag, assign, priority, alert, done (socialroom rules test FILE)")}
# topics = "topics.toml"                # {_("what is talked about: [[topic]] with name, terms (a query), examples")}

# [network]
# proxy = "http://proxy.example:3128"
# ca_file = "/etc/ssl/own-ca.pem"

# [retention.mastodon]
# days = 30
# posts = 50000

# [keys]
# layout = "azerty"
# scheme = "room"
"""
