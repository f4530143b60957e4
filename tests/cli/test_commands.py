"""The commands, as a person runs them: what they print, what they leave, and what they answer to the shell."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support.hub_process import ROOM, TOKEN, command, hub, in_thread, rehearsal, room_file

from socialroom import __version__, locale
from socialroom.bootstrap import quick_place, use_language
from socialroom.config import paths
from socialroom.config.settings import load

COMMANDS = (
    "hub stop status service init check demo pull login networks keys themes query completion log".split()  # noqa: SIM905
)


def test_the_version_is_one_line() -> None:
    done = command("--version")
    assert (done.returncode, done.stdout) == (0, f"socialroom {__version__}\n")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_has_help_in_both_languages(name: str, language: str) -> None:
    done = command(*([name] if name else []), "--help", environment={"SOCIALROOM_LANGUAGE": language})
    assert done.returncode == 0, done.stderr
    assert "socialroom" in done.stdout
    if not name:
        assert all(f"    {each}" in done.stdout for each in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [["nothing"], ["--nothing"], ["pull"], ["pull", "mastodon", "--url", "u", "--limit", "-1"], ["query", "explain"],
     ["pull", "mastodon", "--url", "u", "--limit", "many"], ["service", "restart"], ["completion", "fish"]],
)  # fmt: skip
def test_a_wrong_command_line_is_said_without_a_traceback(words: list[str]) -> None:
    done = command(*words)
    assert done.returncode == 2
    assert "usage" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "given", [{"LANG": "fr_FR.UTF-8"}, {"SOCIALROOM_LANGUAGE": "fr", "LANG": "en_GB.UTF-8", "LANGUAGE": "en"}]
)
def test_the_sentences_of_argparse_are_in_the_language_in_use(given: dict[str, str]) -> None:
    done = command("nothing", environment=given)
    assert "usage\u00a0: socialroom" in done.stderr
    assert "choix invalide" in done.stderr
    done = command("--help", environment=given)
    assert "afficher la version et quitter" in done.stdout


def test_an_alphabet_that_lacks_a_sign_stops_no_command() -> None:
    done = command("keys", environment={"SOCIALROOM_LANGUAGE": "fr", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "R?pondre avec le compte" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_every_command(shell: str) -> None:
    done = command("completion", shell)
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)
    assert "==SUPPRESS==" not in done.stdout


def test_bash_can_read_its_completion(tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(command("completion", "bash").stdout)
    asks = f'source {script}; COMP_WORDS=(socialroom sta); COMP_CWORD=1; _shtab_socialroom; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", asks], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["status"]


def test_without_a_room_anywhere_the_three_ways_to_start_are_said(tmp_path: Path) -> None:
    done = command(cwd=tmp_path)
    assert done.returncode == 2
    assert all(way in done.stderr for way in ("socialroom demo", "--brand", "socialroom init"))


def test_without_a_terminal_a_console_is_refused_and_nothing_is_started(tmp_path: Path) -> None:
    file = room_file(tmp_path)
    for words in (["--config", str(file)], ["--brand", "Aurelia"]):
        done = command(*words, cwd=tmp_path)
        assert done.returncode == 2
        assert "no terminal" in done.stderr
    assert not paths.state_folder().exists()


@pytest.mark.parametrize("name", ["status", "stop"])
def test_a_command_that_needs_a_room_says_that_none_runs(tmp_path: Path, name: str) -> None:
    done = command(name, "--config", str(room_file(tmp_path)))
    assert done.returncode == 3
    assert "no room is running" in done.stderr
    assert "socialroom" in done.stderr


# --- init, check ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
def test_init_writes_a_room_that_loads_and_never_writes_over_one(tmp_path: Path, language: str) -> None:
    world = {"SOCIALROOM_LANGUAGE": language}
    done = command("init", cwd=tmp_path, environment=world)
    assert done.returncode == 0
    assert load(tmp_path / "room.toml").brand.name == "Aurelia"
    (tmp_path / "room.toml").write_text("# mine")
    assert command("init", cwd=tmp_path, environment=world).returncode == 1
    assert (tmp_path / "room.toml").read_text() == "# mine"
    assert command("init", "other.toml", cwd=tmp_path, environment=world).returncode == 0


def test_check_names_file_line_and_fix_of_a_mistake(tmp_path: Path) -> None:
    file = room_file(tmp_path, text='[brand]\nname = "Aurelia"\nwrods = ["x"]\n')
    done = command("check", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{file}:3: brand.wrods: there is no such key. Did you mean words?" in done.stderr


async def test_check_says_of_everything_whether_it_is_ready(tmp_path: Path) -> None:
    async with rehearsal() as (network, url):
        file = room_file(tmp_path, url)
        done = await in_thread("check", "--config", str(file))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Everything is ready." in done.stdout
        for row in ("mastodon", "aurelia", "Mentions", "Léa", "house", "file"):
            assert row in done.stdout
        assert TOKEN not in done.stdout
        assert network.network.report([])["replies"] == []
        rows = json.loads((await in_thread("check", "--config", str(file), "--json")).stdout)
        assert {"what": "account", "name": "mastodon", "ready": True}.items() <= next(
            r for r in rows if r["what"] == "account"
        ).items()


async def test_check_says_what_is_missing_and_goes_on(tmp_path: Path) -> None:
    async with rehearsal() as (_, url):
        file = room_file(tmp_path, url)
        text = file.read_text(encoding="utf-8")
        text = text.replace("[room]", '[room]\ntheme = "hose"')
        text += f'\n[[source]]\nnetwork = "feeds"\nname = "gone"\nurl = "{url}/feeds/nothing.xml"\n'
        text += '\n[[source]]\nnetwork = "feeds"\nname = "nobody"\nurl = "http://127.0.0.1:1/x"\n'
        text += '\n[keys]\nfile = "keys.toml"\n'
        file.write_text(text, encoding="utf-8")
        (paths.config_folder() / "secrets" / "mastodon.token").write_text("another")
        done = await in_thread("check", "--config", str(file))
        assert done.returncode == 1
        failing = [line for line in done.stdout.splitlines() if line.startswith("✗")]
        for name in ("mastodon", "gone", "nobody", "hose", "keys.toml"):
            assert any(name in line for line in failing), (name, done.stdout)
        assert any("socialroom login mastodon --source mastodon" in line for line in failing)
        assert "not ready" in done.stdout.splitlines()[-1]


async def test_check_leaves_nothing_and_a_running_room_alone(tmp_path: Path) -> None:
    async with rehearsal() as (_, url):
        file = room_file(tmp_path, url)
        with hub(file) as room:
            runtime = sorted(p.name for p in room.place.socket.parent.iterdir())
            done = await in_thread("check", "--config", str(file), environment={"TMPDIR": str(tmp_path)})
            assert done.returncode == 0, done.stdout
            assert room.process.poll() is None
            assert sorted(p.name for p in room.place.socket.parent.iterdir()) == runtime
        assert [p.name for p in tmp_path.iterdir()] == ["room.toml"]


# --- status, stop, log ---------------------------------------------------------------------------------------------


async def test_status_says_what_the_room_does_and_stop_ends_it(tmp_path: Path) -> None:
    """Although the room has several operators and the command names none."""
    async with rehearsal() as (network, url):
        file = room_file(tmp_path, url)
        with hub(file) as room:
            while not network.network.listeners:
                assert room.process.poll() is None
                done = await in_thread("status", "--config", str(file))
            done = await in_thread("status", "--config", str(file))
            assert done.returncode == 0, done.stderr
            assert done.stdout.startswith("Aurelia · ")
            assert "mastodon" in done.stdout
            assert f"version {__version__}" in done.stdout
            found = json.loads((await in_thread("status", "--config", str(file), "--json")).stdout)
            assert found["room"] == "Aurelia"
            assert found["operator"]["role"] == "guest"
            named = await in_thread("--as", "Amadou", "status", "--config", str(file), "--json")
            assert json.loads(named.stdout)["operator"] == {"name": "Amadou"}  # head is the default
            assert (await in_thread("--as", "Zoé", "status", "--config", str(file))).returncode == 2
            done = await in_thread("stop", "--config", str(file))
            assert (done.returncode, done.stdout) == (0, "The room has stopped.\n")
            # When stop returns, everything has been let go of: the next one starts at once.
            assert not room.place.socket.exists()
            assert room.process.wait(10) == 0
        assert (await in_thread("stop", "--config", str(file))).returncode == 3
        log = await in_thread("log", "--config", str(file))
        assert str(room.place.log) in log.stdout
        assert "the room has ended" in log.stdout


def test_log_of_a_room_that_never_ran_is_its_place(tmp_path: Path) -> None:
    done = command("log", "--config", str(room_file(tmp_path)))
    assert done.returncode == 0
    assert done.stdout.strip().endswith("socialroom.log")


def test_a_log_that_holds_terminal_commands_prints_none(tmp_path: Path) -> None:
    file = room_file(tmp_path)
    log = paths.place(file).log
    log.parent.mkdir(parents=True)
    log.write_text("x \x1b]0;title\x07\x1b[2J y\n")
    assert "\x1b" not in command("log", "--config", str(file)).stdout


def test_a_quick_room_is_asked_and_ended_by_its_brand_and_begins_anew_with_new_words() -> None:
    first = quick_place("Aurelia", ["aurelia"], [], None)
    assert first.file is not None
    # The same place, with a file that listens to nothing: no test knocks at a stranger's door.
    first.file.write_text(f"{ROOM}\n", encoding="utf-8")
    assert command("--brand", "Aurelia", "status").returncode == 3
    with hub(first.file, name=first.name) as room:
        done = command("--brand", "aurelia", "status")
        assert done.returncode == 0, done.stderr
        assert command("--brand", "Boreal", "status").returncode == 3
        again = quick_place("Aurelia", ["aurelia", "fibre"], [], None)
        assert again == first
        assert room.process.wait(30) == 0  # it ran on the old file
    assert load(first.file).brand.words == ("aurelia", "fibre")
    unit = command("--brand", "Aurelia", "service", "install")
    assert unit.returncode == 0
    written = Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user" / "socialroom-quick-aurelia.service"
    assert '"--room-name" "quick-aurelia"' in written.read_text()


def test_the_rooms_own_language_is_used_unless_another_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    file.write_text('[room]\nname = "A"\nlanguage = "fr"\n', encoding="utf-8")
    settings = load(file)
    use_language(settings)
    assert locale.language() == "fr"
    locale.use("en")
    use_language(settings, "en")  # --language en
    assert locale.language() == "en"


# --- login -----------------------------------------------------------------------------------------------------------


def test_login_reads_the_secret_from_standard_input_and_keeps_it_for_its_user_alone(tmp_path: Path) -> None:
    done = command(
        "login", "mastodon", "--source", "brand", "--config", str(room_file(tmp_path)), stdin="s3cret-t0ken\n"
    )
    assert done.returncode == 0, done.stderr
    kept = paths.config_folder() / "secrets" / "brand.token"
    assert kept.read_text() == "s3cret-t0ken"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert "s3cret" not in done.stdout + done.stderr
    assert command("login", "mastodon", "--source", "brand", "--forget").returncode == 0
    assert not kept.exists()


@pytest.mark.parametrize("given", ["", "\n", "   \n", "with\x1bescape\n"])
def test_login_without_a_credential_stores_nothing(given: str) -> None:
    done = command("login", "mastodon", stdin=given)
    assert done.returncode == 2
    assert not (paths.config_folder() / "secrets" / "mastodon.token").exists()


@pytest.mark.parametrize(
    ("way", "named", "file"), [("webhook", "care", "care.token"), ("mail", "mail", "mail.password")]
)
def test_login_keeps_the_secret_of_a_way_to_customer_care(tmp_path: Path, way: str, named: str, file: str) -> None:
    done = command("login", way, "--source", named, "--config", str(room_file(tmp_path)), stdin="s3cret\n")
    assert done.returncode == 0, done.stderr
    assert (paths.config_folder() / "secrets" / file).read_text() == "s3cret"
    assert "s3cret" not in done.stdout + done.stderr


def test_login_never_takes_a_secret_as_an_argument() -> None:
    assert command("login", "mastodon", "s3cret").returncode == 2
    assert "token" not in command("login", "--help").stdout.lower().replace("a network's credential", "")


def test_login_to_what_needs_none_or_is_none_says_so() -> None:
    assert "needs no credential" in command("login", "feeds", stdin="x\n").stderr
    done = command("login", "mastodn", stdin="x\n")
    assert done.returncode == 2
    assert "Known here: bluesky" in done.stderr


async def test_a_secret_that_others_can_read_keeps_the_room_from_starting(tmp_path: Path) -> None:
    async with rehearsal() as (_, url):
        file = room_file(tmp_path, url)
        (paths.config_folder() / "secrets" / "mastodon.token").chmod(0o644)
        for name in ("check", "hub"):
            done = await in_thread(name, "--config", str(file))
            assert done.returncode == 1
            assert "chmod 600" in done.stderr
            assert TOKEN not in done.stderr


# --- service ---------------------------------------------------------------------------------------------------------


def test_service_writes_a_unit_and_says_how_to_start_it_and_how_it_survives_a_logout(tmp_path: Path) -> None:
    folder = tmp_path / 'a "b" 100% $HOME'
    file = room_file(folder)
    done = command("service", "install", "--config", str(file))
    assert done.returncode == 0, done.stderr
    (unit,) = (Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user").iterdir()
    text = unit.read_text()
    escaped = str(file).replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    assert f'ExecStart="{sys.executable}" "-m" "socialroom" "hub" "--config" "{escaped}"' in text
    assert "Restart=on-failure" in text
    assert "RestartPreventExitStatus=2" in text  # a file that is wrong is not tried for ever
    assert f"systemctl --user enable --now {unit.name}" in done.stdout
    assert "loginctl enable-linger" in done.stdout
    removed = command("service", "remove", "--config", str(file))
    assert removed.returncode == 0
    assert not unit.exists()
    assert f"systemctl --user disable --now {unit.name}" in removed.stdout


def test_the_configurations_own_room_is_the_unit_socialroom() -> None:
    file = room_file(paths.config_folder())
    assert command("service", "install", cwd=Path("/")).returncode == 0
    unit = Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user" / "socialroom.service"
    assert str(file) in unit.read_text()


def test_service_without_a_room_file_says_how_to_get_one(tmp_path: Path) -> None:
    done = command("service", "install", cwd=tmp_path)
    assert done.returncode == 2
    assert "socialroom init" in done.stderr


async def test_service_says_when_a_room_is_in_its_way(tmp_path: Path) -> None:
    with hub(room_file(tmp_path)) as room:
        done = await in_thread("service", "install", "--config", str(room.file))
        assert "socialroom stop" in done.stdout


# --- small ones --------------------------------------------------------------------------------------------------------


def test_networks_lists_what_each_allows() -> None:
    lines = {line.split()[0]: line for line in command("networks").stdout.splitlines()}
    assert {"mastodon", "bluesky", "feeds", "hackernews", "jetstream"} <= set(lines)
    assert "publishes (idempotent)" in lines["mastodon"]
    assert "needs: password" in lines["bluesky"]
    assert "needs no key" in lines["feeds"]


def test_themes_are_listed_and_a_broken_one_is_named_by_line(tmp_path: Path) -> None:
    done = command("themes")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["colour-blind", "high-contrast", "house", "light"]
    mine = paths.config_folder() / "themes" / "mine.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("name: mine\nbackground: no colour\n")
    done = command("themes")
    assert done.returncode == 1
    assert "mine.yaml:" in done.stdout


def test_a_query_is_explained_and_a_wrong_one_is_pointed_at() -> None:
    done = command("query", "explain", 'panne AND "la fibre" NOT lang:en')
    assert done.returncode == 0
    assert "panne" in done.stdout
    wrong = command("query", "explain", "(panne")
    assert wrong.returncode == 2
    assert "character 1" in wrong.stderr


def test_keys_are_printed_for_each_keyboard() -> None:
    for layout in ("qwerty", "azerty", "qwertz"):
        done = command("keys", "--layout", layout)
        assert done.returncode == 0, done.stderr
        assert "Ctrl+q" in done.stdout
    assert command("keys", "--layout", "bépo").returncode == 2


def test_a_reader_who_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m socialroom completion zsh | head -n 1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""


def test_what_nobody_foresaw_is_a_sentence_and_the_rest_lies_in_a_log(tmp_path: Path) -> None:
    """A home in which no file can be a folder."""
    broken = tmp_path / "sitecustomize.py"
    broken.write_text(
        "import socialroom.locale as l\nl.ngettext = None\nimport socialroom.config.sample as s\ns.sample = None\n"
    )
    done = command("init", cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "something in this program failed: TypeError" in done.stderr
    log = paths.state_folder() / "commands.log"
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_check_names_saved_replies_that_cannot_be_used(tmp_path: Path) -> None:
    file = room_file(tmp_path, text='[brand]\nname = "Aurelia"\n')
    (file.parent / "playbook").mkdir()
    (file.parent / "playbook" / "merci.md").write_text("---\nlanguage: fr\n---\nMerci !", "utf-8")
    (file.parent / "playbook" / "wrong.md").write_text("---\nnom: x\n---\nMerci !", "utf-8")
    done = command("check", "--config", str(file), cwd=tmp_path)
    assert done.returncode == 1
    assert "wrong.md:2: there is no key called nom." in done.stdout
    assert "1 saved reply" in done.stdout
