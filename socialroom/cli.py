"""The commands. Everything heavy is imported late, so that --help is instant.

Exit codes: 0 done, 1 it failed, 2 a file or the command line is wrong, 3 no room is running.
"""

from __future__ import annotations

import argparse
import gettext
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

from socialroom import __version__, locale
from socialroom.locale import _

Parser = argparse.ArgumentParser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    locale.use(_language_of(given))
    _unfailing(sys.stdout)
    options = _parsed(given)
    from socialroom.domain.errors import ConfigError, Missing, OtherVersion, RoomError, RoomUnreachable

    try:
        return int(options.run(options) or 0)
    except OtherVersion as error:
        return _told(error, 1)
    except RoomUnreachable as error:
        return _told(error, 3)
    except (ConfigError, Missing) as error:
        return _told(error, 2)
    except RoomError as error:
        return _told(error, 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read has gone, and the interpreter must not say so when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - a person never sees a traceback; it is in the log
        from socialroom.commands.failure import told

        return _told(told(error), 1)


def _parsed(given: Sequence[str]) -> argparse.Namespace:
    """The options; argparse's own sentences come from our catalogue too, by the environment, in the language in use."""
    gettext.bindtextdomain(locale.DOMAIN, str(locale.FOLDER))
    gettext.textdomain(locale.DOMAIN)
    asked = os.environ.get("LANGUAGE")
    os.environ["LANGUAGE"] = locale.language()
    try:
        return parser(commands=not _opens_a_terminal(given)).parse_args(given)
    finally:
        if asked is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = asked


def _unfailing(stream: Any) -> None:
    """What an old terminal's alphabet lacks is printed as "?", and no command fails of it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def _told(error: Exception, code: int) -> int:
    print(error, file=sys.stderr)
    return code


def _language_of(arguments: Sequence[str]) -> str | None:
    for i, word in enumerate(arguments):
        if word == "--language" and i + 1 < len(arguments):
            return arguments[i + 1]
        if word.startswith("--language="):
            return word.partition("=")[2]
    return os.environ.get("SOCIALROOM_LANGUAGE")


# --- the parser ----------------------------------------------------------------------------------------------------


_OPTIONS = ("--config", "--as", "--layout", "--theme", "--language")


def _opens_a_terminal(arguments: Sequence[str]) -> bool:
    """Whether there is certainly no command: then none of the twenty need be described before the first paint."""
    words = iter(arguments)
    for word in words:
        if word in _OPTIONS:
            next(words, None)
        elif word != "--read-only" and word.partition("=")[0] not in _OPTIONS:
            return False
    return True


def parser(*, commands: bool = True) -> Parser:
    """The command line, with its commands or without them."""
    root = Parser(
        prog="socialroom",
        description=_(
            "The console of a brand's social room. Without a command: attach to this machine's room, and "
            "start it when none runs."
        ),
        epilog=_("Three ways to start: socialroom demo, socialroom --brand NAME, socialroom init."),
    )
    root.add_argument(
        "--version",
        action="version",
        version=f"socialroom {__version__}",
        help=_("show program's version number and exit"),
    )
    _room_options(root)
    root.add_argument("--as", dest="as_name", metavar=_("NAME"), help=_("which declared operator sits here"))
    root.add_argument("--layout", metavar=_("NAME"), help=_("a layout of room.toml, or a saved one"))
    root.add_argument("--read-only", action="store_true", help=_("a screen for the wall: no composer, no acts"))
    root.add_argument("--theme", metavar=_("NAME"), help=_("house, light, high-contrast, colour-blind, or your own"))
    root.add_argument(
        "--brand",
        metavar=_("NAME"),
        help=_("listen for a brand now, on sources that need no key (with stop, status, log: its room)"),
    )
    root.add_argument(
        "--with",
        dest="words",
        action="append",
        default=[],
        metavar=_("WORD"),
        help=_("with --brand: another word that means it"),
    )
    root.add_argument(
        "--not",
        dest="without",
        action="append",
        default=[],
        metavar=_("WORD"),
        help=_("with --brand: leave out posts with this word"),
    )
    root.add_argument("--lang", metavar=_("CODE"), help=_("with --brand: only posts in this language"))
    root.add_argument("--root", help=argparse.SUPPRESS)
    root.set_defaults(run=_attach)
    if commands:
        _add_commands(root)
    return root


def _add_commands(root: Parser) -> None:  # noqa: PLR0915 - one after the other, read top to bottom
    commands = root.add_subparsers(title=_("commands"), metavar=_("COMMAND"))

    def command(name: str, run: Any, text: str, *, room: bool = True) -> Parser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        if room:
            _room_options(added, again=True)
            added.add_argument("--root", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
            added.add_argument(
                "--as",
                dest="as_name",
                metavar=_("NAME"),
                default=argparse.SUPPRESS,
                help=_("which declared operator acts"),
            )
        return added

    hub = command("hub", _hub, _("run the room in the foreground"))
    hub.add_argument("--room-name", help=argparse.SUPPRESS)
    hub.add_argument("--with-parent", type=int, default=0, help=argparse.SUPPRESS)
    command("stop", _stop, _("end the running room"))
    status = command("status", _status, _("what the room does now"))
    status.add_argument("--json", action="store_true", help=_("for scripts"))
    service = command("service", _service, _("start the room at boot (systemd)"))
    service.add_argument("action", choices=["install", "remove"])
    init = command("init", _init, _("write an annotated room.toml"), room=False)
    init.add_argument("path", nargs="?", default="room.toml", metavar=_("FILE"))
    check = command("check", _check, _("say of everything room.toml names: ready, or what is missing"))
    check.add_argument("--json", action="store_true", help=_("for scripts"))
    demo = command("demo", _demo, _("a rehearsed room: nothing leaves this machine"), room=False)
    demo.add_argument("--play", action="store_true", help=_("press the keys of the first minute itself"))
    demo.add_argument("--speed", type=float, default=1.0, help=argparse.SUPPRESS)
    demo.add_argument("--director", action="store_true", help=argparse.SUPPRESS)
    demo.add_argument("--theme", metavar=_("NAME"), help=_("house, light, high-contrast, colour-blind, or your own"))
    demo.add_argument("--language", metavar=_("CODE"), help=_("language of the console: en or fr"))
    pull = command("pull", _pull, _("read a server without a room; one normalised post a line"), room=False)
    pull.add_argument("network", metavar=_("NETWORK"))
    pull.add_argument("--url", required=True, metavar=_("BASE"))
    pull.add_argument("--query", default="", metavar=_("QUERY"))
    pull.add_argument("--token-file", metavar=_("FILE"), help=_("a file that holds the token (never an argument)"))
    pull.add_argument("--limit", type=_count, default=None, metavar="N", help=_("at most so many posts"))
    pull.add_argument("--json", action="store_true", help=_("for scripts"))
    login = command("login", _login, _("store a network's credential"))
    login.add_argument("network", metavar=_("NETWORK"))
    login.add_argument("--source", metavar=_("NAME"), help=_("the source's name in room.toml, when it is another"))
    login.add_argument("--forget", action="store_true", help=_("remove the stored credential"))
    command("networks", _networks, _("which networks there are, and what each allows"), room=False)
    keys = command("keys", _keys, _("the keys, made from the bindings"), room=False)
    keys.add_argument("--layout", default="qwerty", metavar=_("NAME"), help=_("qwerty, azerty or qwertz"))
    keys.add_argument("--scheme", default="room", metavar=_("NAME"), help=_("room, gmail or vim"))
    command("themes", _themes, _("the themes, and whether each is well made"), room=False)
    query = command("query", _query, _("what a query means, and what it finds in what the room has heard"))
    query.add_argument("action", choices=["explain", "test"])
    query.add_argument("query", metavar=_("QUERY"))
    query.add_argument("--limit", type=_count, default=20, metavar="N", help=_("the newest so many posts"))
    measure = command("measure", _measure, _("how good it is, on labelled data in a documented format"), room=False)
    measure.add_argument("what", choices=["alerts", "tone", "stance"])
    measure.add_argument("path", metavar=_("PATH"), help=_("a file or folder of data"))
    measure.add_argument("--json", action="store_true", help=_("for scripts"))
    score = command("score", _score, _("language and tone of a text, and what moved it word by word"), room=False)
    score.add_argument("text", metavar=_("TEXT"))
    score.add_argument("--in", dest="code", metavar=_("CODE"), help=_("its language, when you know it"))
    score.add_argument(
        "--tone", choices=["base", "accurate"], default="base", help=_("accurate: with the encoder of the extra")
    )
    score.add_argument("--json", action="store_true", help=_("for scripts"))
    completion = command("completion", _completion, _("print the shell's completion script"), room=False)
    completion.add_argument("shell", choices=["bash", "zsh", "tcsh"])
    command("log", _log, _("where the room's log is, and its last lines"))
    rules = command("rules", _rules, _("what rules would do to what was heard"))
    rules.add_argument("action", choices=["test"])
    rules.add_argument("file", metavar=_("FILE"))
    rules.add_argument("--limit", type=_count, default=2000, metavar="N", help=_("the newest so many messages"))
    deadlines = command("deadlines", _deadlines, _("the share of promises that was kept, by audience and network"))
    deadlines.add_argument("--days", type=_count, default=30, metavar="N", help=_("of the last so many days"))
    for added in (query, rules, deadlines):
        added.add_argument("--json", action="store_true", help=_("for scripts"))
    from socialroom.commands import verbs

    verbs.add(command, _place)


def _count(text: str) -> int:
    """A number from 0 on, for argparse."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(_("{number} is less than nothing").format(number=number))
    return number


_count.__name__ = "int"  # what argparse calls it when it is none


def _room_options(to: Parser, *, again: bool = False) -> None:
    default: Any = argparse.SUPPRESS if again else None
    to.add_argument("--config", metavar=_("FILE"), default=default, help=_("the room's file (else ./room.toml)"))
    to.add_argument("--language", metavar=_("CODE"), default=default, help=_("language of the console: en or fr"))


# --- the room ------------------------------------------------------------------------------------------------------


def _place(options: argparse.Namespace) -> Any:
    from pathlib import Path

    from socialroom.config import paths

    root = getattr(options, "root", None)
    if options.brand is not None:
        from socialroom.bootstrap.places import place_of_brand

        return place_of_brand(options.brand)
    file = paths.find_file(options.config)
    if root:
        return paths.place(file, root=Path(root))
    return paths.place(file, name=getattr(options, "room_name", None) or "")


def _attach(options: argparse.Namespace) -> int:
    from socialroom import bootstrap

    if options.brand is not None:
        _needs_terminal()
        place = bootstrap.quick_place(options.brand, options.words, options.without, options.lang)
    else:
        place = _place(options)
        bootstrap.require_file(place)
        _needs_terminal()
    return bootstrap.run_terminal(place, vars(options))


def _needs_terminal() -> None:
    from socialroom.domain.errors import Missing
    from socialroom.locale import N_

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Missing(
            N_("there is no terminal here"),
            remedy=N_("Use a command for scripts: socialroom status --json, socialroom pull, socialroom demo --play."),
        )


def _hub(options: argparse.Namespace) -> int:
    from socialroom import bootstrap

    bootstrap.run_hub(_place(options), parent=options.with_parent)
    return 0


def _stop(options: argparse.Namespace) -> int:
    from socialroom import bootstrap

    bootstrap.stop_room(_place(options), options.as_name or "")
    print(_("The room has stopped."))
    return 0


def _status(options: argparse.Namespace) -> int:
    from socialroom import bootstrap
    from socialroom.commands.status import lines
    from socialroom.domain.requests import Overview

    overview = bootstrap.ask(_place(options), lambda room: room.view(Overview()), options.as_name or "")
    if options.json:
        import msgspec

        print(msgspec.json.encode(overview).decode())
        return 0
    for line in lines(overview):
        print(line)
    return 0


def _service(options: argparse.Namespace) -> int:
    from socialroom.commands import service

    place = _place(options)
    for line in service.install(place) if options.action == "install" else service.remove(place):
        print(line)
    return 0


def _rules(options: argparse.Namespace) -> int:
    from socialroom.commands import rules

    return rules.test(options, _place(options))


def _deadlines(options: argparse.Namespace) -> int:
    from socialroom.commands import deadlines

    return deadlines.report(options, _place(options))


def _measure(options: argparse.Namespace) -> int:
    from importlib import import_module

    measured: int = import_module(f"socialroom.commands.measure_{options.what}").report(options)
    return measured


def _score(options: argparse.Namespace) -> int:
    from socialroom.commands import score

    return score.report(options)


def _log(options: argparse.Namespace) -> int:
    from socialroom.domain.text import clean

    place = _place(options)
    print(place.log)
    if place.log.is_file():
        for line in place.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]:
            print(clean(line))
    return 0


# --- before there is a room ------------------------------------------------------------------------------------------


def _init(options: argparse.Namespace) -> int:
    from pathlib import Path

    from socialroom.config.quick import save_as
    from socialroom.config.sample import sample

    path = save_as(sample(), Path(options.path))
    print(_("Wrote {path}. Edit it, run socialroom check, then socialroom.").format(path=path))
    return 0


def _check(options: argparse.Namespace) -> int:
    from socialroom.commands import check as checking

    found = checking.check(_place(options), options.language)
    if options.json:
        import msgspec

        print(msgspec.json.encode(found).decode())
    else:
        for line in checking.lines(found):
            print(line)
    return 0 if all(row.ready for row in found) else 1


def _demo(options: argparse.Namespace) -> int:
    from socialroom.commands import demo

    return demo.run(play=options.play, speed=options.speed, director=options.director, options=vars(options))


def _pull(options: argparse.Namespace) -> int:
    from socialroom.commands import pull

    return pull.run(options)


def _login(options: argparse.Namespace) -> int:
    from socialroom.commands import login

    return login.run(_place(options), options.network, options.source, forget=options.forget)


def _networks(_options: argparse.Namespace) -> int:
    from socialroom.commands import networks

    for line in networks.lines():
        print(line)
    return 0


def _keys(options: argparse.Namespace) -> int:
    from socialroom.tui.keymap import cheat_sheet

    print(cheat_sheet(options.layout, options.scheme))
    return 0


def _themes(_options: argparse.Namespace) -> int:
    from socialroom.config.paths import config_folder
    from socialroom.tui.theming import load_all, themes_folder

    good, broken = load_all(themes_folder(), config_folder() / "themes")
    for theme in good:
        print(f"{theme.name:16} {_(theme.description)}")
    for problem in broken:
        print(problem)
    return 1 if broken else 0


def _query(options: argparse.Namespace) -> int:
    from socialroom.commands import query

    return query.explain(options) if options.action == "explain" else query.test(options, _place(options))


def _completion(options: argparse.Namespace) -> int:
    import shtab

    print(shtab.complete(parser(), shell=options.shell))
    return 0
