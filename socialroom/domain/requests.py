"""What a terminal may ask of a room: views (read) and commands (act), tagged by class name on the wire."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.alert import Alert, AlertQuality, LoudAuthor, Mute, NewTerm, Rising, Verdict
from socialroom.domain.audience import Told
from socialroom.domain.case import Case
from socialroom.domain.correction import Correction
from socialroom.domain.country import Located
from socialroom.domain.draft import Draft, OutboxItem, SendKind
from socialroom.domain.errors import Problem
from socialroom.domain.events import Attending, PublishingFrozen, Pulse
from socialroom.domain.log import LogEntry
from socialroom.domain.note import Note
from socialroom.domain.operator import Operator
from socialroom.domain.person import Person
from socialroom.domain.post import Post
from socialroom.domain.saved_reply import SavedReply
from socialroom.domain.source import Account, SourceState
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language
from socialroom.domain.value import Message, Value
from socialroom.domain.versions import is_newer


class Feed(Value, frozen=True):
    """A named query; `unanswered` keeps only what still waits for us, `private` only private messages."""

    name: str
    query: str = ""
    unanswered: bool = False
    private: bool = False


# Views: each is a question, and the comment names its answer.


class Overview(Value, frozen=True, tag=True):
    """Everything but posts -> RoomOverview."""


class FeedPage(Value, frozen=True, tag=True):
    """Posts of a feed, newest first -> Page. `before` is the uri of the last post of the page before."""

    feed: Feed
    limit: int = 200
    before: str | None = None


class ThreadView(Value, frozen=True, tag=True):
    """A conversation, oldest first -> Page; `refresh` asks the network too (it answers when it can)."""

    uri: str
    refresh: bool = False


class SearchCache(Value, frozen=True, tag=True):
    """A query over the cache, newest first -> Page."""

    query: str
    limit: int = 200


class CaseFilter(Value, frozen=True):
    """Which cases: a view, and what narrows it; empty fields narrow nothing. Saved filters are these, named."""

    name: str = ""
    view: str = "open"  # unassigned, mine, approval, overdue, done, snoozed, escalated, handed over, open, all
    network: str = ""
    audience: str = ""
    country: str = ""
    language: str = ""
    tag: str = ""
    assigned_to: str = ""
    words: str = ""  # a query that a post of the conversation must match


class CasesPage(Value, frozen=True, tag=True):
    """Cases of a filter, the most pressing first (done ones: the latest first) -> Cases."""

    filter: CaseFilter
    limit: int = 200
    after: str = ""  # id of the last case of the page before


class CaseView(Value, frozen=True, tag=True):
    """All about one case -> CaseFile. Raises Missing."""

    conversation: str


class PersonView(Value, frozen=True, tag=True):
    """Everything said and answered with a person -> PersonCard. `person` is a person's id or an `account_key`."""

    person: str
    limit: int = 200


class LogPage(Value, frozen=True, tag=True):
    """Lines of the desk's log, oldest first -> Log. Raises NotAllowed."""

    after: int = 0
    limit: int = 1000


class AuditConversations(Value, frozen=True, tag=True):
    """One row per conversation, for the export -> ConversationRows. Raises NotAllowed."""

    after: str = ""
    limit: int = 500


class UndoList(Value, frozen=True, tag=True):
    """What this operator can take back, the latest first, and what that will do -> UndoOffers."""

    limit: int = 20


class Playbook(Value, frozen=True, tag=True):
    """The saved replies -> SavedReplies."""


class TextLanguage(Value, frozen=True, tag=True):
    """Which language a text of ours is in, as the room tells it of posts -> LanguageTold."""

    text: str


class CorrectionsKept(Value, frozen=True, tag=True):
    """What was corrected, the latest first, to train engines with -> CorrectionsFound. Raises NotAllowed."""

    limit: int = 20_000


class TranslatePost(Value, frozen=True, tag=True):
    """What a post says in another language, by the room's own service -> Translated. Raises Missing, NotAllowed, SourceError."""

    uri: str
    to: str  # ISO 639-1


class TryRules(Value, frozen=True, tag=True):
    """What rules would have done to what the cache holds -> RulesTried. Raises ConfigError.

    `text` is the text of a rules file, `file` what its mistakes are called by.
    """

    text: str
    file: str = "rules.toml"
    limit: int = 2000  # posts, the newest


class DeadlineReport(Value, frozen=True, tag=True):
    """How many promises were kept since then -> DeadlinesMet."""

    since: datetime


class ExplainAlert(Value, frozen=True, tag=True):
    """Why an alert rang: who wrote, in which words, and what came first -> AlertExplained."""

    alert: str


View = (
    Overview
    | FeedPage
    | ThreadView
    | SearchCache
    | CasesPage
    | CaseView
    | PersonView
    | LogPage
    | AuditConversations
    | UndoList
    | Playbook
    | TextLanguage
    | TryRules
    | DeadlineReport
    | ExplainAlert
    | TranslatePost
    | CorrectionsKept
)


class RoomOverview(Value, frozen=True, tag=True):
    """What a terminal needs to open, but for the posts."""

    version: str
    room: str
    brand: str
    operator: Operator
    seq: int  # events after this one are not in it
    demo: bool = False
    quick: bool = False  # a room of `--brand`, not saved yet
    feeds: tuple[Feed, ...] = ()
    accounts: tuple[Account, ...] = ()
    sources: tuple[SourceState, ...] = ()
    alerts: tuple[Alert, ...] = ()
    mutes: tuple[Mute, ...] = ()
    cases: tuple[Case, ...] = ()
    drafts: tuple[Draft, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()
    pulse: Pulse | None = None
    languages: tuple[str, ...] = ()
    countdown: float = 20.0  # seconds between "send" and the wire
    rights: dict[str, tuple[str, ...]] = {}  # the room's table of roles (see `roles.Rights`)
    operators: tuple[Operator, ...] = ()  # whom a case can be assigned to
    filters: tuple[CaseFilter, ...] = ()  # saved ones
    notes: tuple[Note, ...] = ()  # unread ones that name this operator, and the notes of open cases
    shift: Note | None = None  # the latest note to whoever comes next
    attending: tuple[Attending, ...] = ()
    publishing: PublishingFrozen | None = None  # set while all publishing is stopped
    countries: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    hand_offs: tuple[str, ...] = ()  # names of the ways to customer care
    problems: tuple[Problem, ...] = ()  # what of the room's own files cannot be read now, so that it goes without
    public_numbers: tuple[str, ...] = ()  # phone numbers of our own that may stand in public answers
    quality: AlertQuality = AlertQuality()  # of the room's own alerts
    rising: tuple[Rising, ...] = ()

    def older_than(self, terminal: str) -> bool:
        """Whether the room is older than a terminal of that version, which then offers to restart it."""
        return is_newer(terminal, self.version)


class Page(Value, frozen=True, tag=True):
    """Posts, and whether there are more."""

    posts: tuple[Post, ...]
    more: bool = False


class Cases(Value, frozen=True, tag=True):
    """Cases, and how many there are in all."""

    cases: tuple[Case, ...]
    total: int = 0


class CaseFile(Value, frozen=True, tag=True):
    """A case with everything that belongs to it, oldest first."""

    case: Case
    posts: tuple[Post, ...] = ()
    notes: tuple[Note, ...] = ()
    drafts: tuple[Draft, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()
    log: tuple[LogEntry, ...] = ()
    person: Person | None = None


class PersonCard(Value, frozen=True, tag=True):
    """A person, whether or not the team has a card of them: then `person` is made of the account alone."""

    person: Person
    posts: tuple[Post, ...] = ()  # theirs and our answers, newest first
    cases: tuple[Case, ...] = ()
    notes: tuple[Note, ...] = ()
    told: Told | None = None  # which audience, and who says so
    located: Located | None = None  # which country, likewise
    declared: tuple[str, ...] = ()  # addresses their profiles declare that no account of the card has yet


class Log(Value, frozen=True, tag=True):
    """Lines of the log, and whether there are more."""

    entries: tuple[LogEntry, ...]
    more: bool = False


class ConversationRow(Value, frozen=True):
    """One conversation in the audit export: ids, names of operators and times, no text of anybody."""

    conversation: str
    network: str
    state: str
    audience: str = ""
    country: str = ""
    tags: tuple[str, ...] = ()
    opened_at: datetime | None = None
    responded_at: datetime | None = None
    done_at: datetime | None = None
    respond_by: datetime | None = None
    resolve_by: datetime | None = None
    response_met: bool | None = None  # None where nothing was promised
    resolution_met: bool | None = None
    messages: int = 0  # of the customer
    replies: int = 0  # of ours
    drafted_by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    sent_by: tuple[str, ...] = ()
    seen_by: tuple[str, ...] = ()
    sent_urls: tuple[str, ...] = ()


class ConversationRows(Value, frozen=True, tag=True):
    """Rows, and whether there are more."""

    rows: tuple[ConversationRow, ...]
    more: bool = False


class UndoOffer(Value, frozen=True):
    """A step that can be taken back. `problem` says why it cannot be any more."""

    step: str
    at: datetime
    what: Message
    will: Message  # what undoing does
    problem: Problem | None = None


class UndoOffers(Value, frozen=True, tag=True):
    """What can be undone, the latest first."""

    offers: tuple[UndoOffer, ...]


class SavedReplies(Value, frozen=True, tag=True):
    """The room's saved replies, and what is wrong with files that hold none."""

    replies: tuple[SavedReply, ...]
    problems: tuple[Problem, ...] = ()


class LanguageTold(Value, frozen=True, tag=True):
    """The language of a text; "und" where it is too short or nothing can tell."""

    language: Language


class CorrectionsFound(Value, frozen=True, tag=True):
    """Corrections whose texts are kept, and how many there are in all."""

    corrections: tuple[Correction, ...]
    total: int = 0


class Translated(Value, frozen=True, tag=True):
    """A post's text in another language; `cut` where only its head was translated."""

    uri: str
    text: SafeText
    source: str = ""  # empty: nobody knows
    to: str = ""
    cut: bool = False


class RuleHit(Value, frozen=True):
    """What one rule would have done to one post."""

    rule: str
    uri: str
    did: tuple[Message, ...]
    who: SafeText = SafeText("")
    line: SafeText = SafeText("")  # what the post says, cut to one line


class RulesTried(Value, frozen=True, tag=True):
    """What rules would have done, and to how many of the posts they were shown."""

    posts: int
    hits: tuple[RuleHit, ...]
    counts: dict[str, int] = {}  # by rule


class DeadlineFigures(Value, frozen=True):
    """Promises of one audience on one network."""

    audience: str
    network: str
    first: int = 0  # first responses promised and decided
    first_met: int = 0
    resolutions: int = 0
    resolutions_met: int = 0
    overdue: int = 0  # open now, and late


class DeadlinesMet(Value, frozen=True, tag=True):
    """The share that was met, by audience and network."""

    figures: tuple[DeadlineFigures, ...]


class AlertExplained(Value, frozen=True, tag=True):
    """An alert and what is behind it, as far as this seat may see it."""

    alert: Alert
    posts: tuple[Post, ...] = ()  # oldest first; of many the first and the newest
    count: int = 0  # posts of its time, at most as many as were looked at
    authors: int = 0
    loudest: tuple[LoudAuthor, ...] = ()
    terms: tuple[NewTerm, ...] = ()
    partial: bool = False  # there are more than were looked at


Answer = (
    RoomOverview
    | Page
    | Cases
    | CaseFile
    | PersonCard
    | Log
    | ConversationRows
    | UndoOffers
    | SavedReplies
    | LanguageTold
    | RulesTried
    | DeadlinesMet
    | AlertExplained
    | Translated
    | CorrectionsFound
)


# Commands: each carries a client-made id in its Request, so that a repeat does nothing twice.


class SaveDraft(Value, frozen=True, tag=True):
    """Keeps a draft; when it answers, the text is on disk -> Done."""

    draft: Draft


class DiscardDraft(Value, frozen=True, tag=True):
    """Throws a draft away -> Done."""

    draft: str


class QueueSend(Value, frozen=True, tag=True):
    """Freezes a draft into the outbox; `anyway` sends although somebody else answers -> Done(item)."""

    draft: Draft
    anyway: bool = False
    delay: float | None = None  # seconds; None is the room's countdown
    at: datetime | None = None  # a schedule, instead of a delay
    zone: str = ""  # the time zone in which it was said


class ProposeSend(Value, frozen=True, tag=True):
    """Freezes a draft as a candidate that others must approve, whatever the rules ask -> Done(item)."""

    draft: Draft


class ApproveSend(Value, frozen=True, tag=True):
    """Yes to exactly the text of that hash -> Done(item). Other candidates for the same post are turned down."""

    item: str
    text_hash: str


class RejectSend(Value, frozen=True, tag=True):
    """No, and why; the draft goes back to its writer -> Done(item)."""

    item: str
    reason: str


class ReviseSend(Value, frozen=True, tag=True):
    """Another text in the place of one that waits for approval: a new version by this operator -> Done(item)."""

    item: str
    draft: Draft  # the new text, media and afterwards; the rest stays


class RescheduleSend(Value, frozen=True, tag=True):
    """Another moment for what waits or is held -> Done(item)."""

    item: str
    at: datetime
    zone: str = ""


class React(Value, frozen=True, tag=True):
    """A like, a repost, a follow …, through the outbox -> Done(item). `uri` is the post it is about."""

    kind: SendKind
    uri: str
    account: str
    delay: float | None = None


class DeleteSent(Value, frozen=True, tag=True):
    """Takes a sent reply back from its network, through the outbox -> Done(item)."""

    item: str
    delay: float | None = None


class FreezePublishing(Value, frozen=True, tag=True):
    """Stops everything that would be published, or lets it go on: what waited is held then -> Done."""

    on: bool
    reason: str = ""


class CancelSend(Value, frozen=True, tag=True):
    """Takes an item back before the wire; its draft lives again -> Done(draft)."""

    item: str


class ReleaseHeld(Value, frozen=True, tag=True):
    """A person says: send it now -> Done(item)."""

    item: str


class ResolveUnknown(Value, frozen=True, tag=True):
    """A person decides about an unknown outcome: "there" (it was posted), "absent" (send it again), "drop" or "look"."""

    item: str
    verdict: str
    url: str = ""


class ClaimCase(Value, frozen=True, tag=True):
    """Says "I answer" about a conversation; `take` takes it from somebody -> Done, or Conflict naming who has it."""

    conversation: str
    take: bool = False


class ReleaseCase(Value, frozen=True, tag=True):
    """Says "I do not" -> Done."""

    conversation: str


class CloseCase(Value, frozen=True, tag=True):
    """Done with it -> Done."""

    conversation: str


class ReopenCase(Value, frozen=True, tag=True):
    """Not done with it after all -> Done."""

    conversation: str


class AssignCase(Value, frozen=True, tag=True):
    """Whose it is to do; an empty name is nobody's -> Done(case)."""

    conversation: str
    to: str


class SnoozeCase(Value, frozen=True, tag=True):
    """Away until then; a time that is past wakes it -> Done(case)."""

    conversation: str
    until: datetime


class EscalateCase(Value, frozen=True, tag=True):
    """Somebody above must look -> Done(case). `to` is an operator or a role; `on` False takes it back."""

    conversation: str
    to: str = "head"
    why: str = ""
    on: bool = True


class HandOverCase(Value, frozen=True, tag=True):
    """Another country's; an empty country brings it back -> Done(case)."""

    conversation: str
    country: str


class DismissCase(Value, frozen=True, tag=True):
    """Closed without an answer, and why -> Done(case)."""

    conversation: str
    why: str


class TagCase(Value, frozen=True, tag=True):
    """Tags on and off -> Done(case)."""

    conversation: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class PrioritizeCase(Value, frozen=True, tag=True):
    """How much it presses: 0, 1 or 2 -> Done(case)."""

    conversation: str
    priority: int


class MoveToPrivate(Value, frozen=True, tag=True):
    """It goes on in private messages, or (`on` False) in public again -> Done(case)."""

    conversation: str
    on: bool = True


class HandOff(Value, frozen=True, tag=True):
    """To customer care by webhook or mail -> Done(case, text: the ticket); Conflict where nobody knows whether it has it.

    What was handed off that way already is not handed off twice, unless `again` says so. `ticket` is what somebody has
    seen there of a hand-off whose outcome was unknown: nobody is called then.
    """

    conversation: str
    via: str = ""  # a name of room.toml's [[hand_off]]; empty is the only one
    note: str = ""
    again: bool = False
    ticket: str = ""


class WriteNote(Value, frozen=True, tag=True):
    """A note to colleagues: about a conversation, a person, or for the next shift -> Done(note)."""

    subject: str
    text: str


class DeleteNote(Value, frozen=True, tag=True):
    """Takes one's own note away -> Done."""

    note: str


class ReadNotes(Value, frozen=True, tag=True):
    """I have read these -> Done."""

    notes: tuple[str, ...]


class Attend(Value, frozen=True, tag=True):
    """What this terminal looks at now, and whether somebody types there; nothing of it is kept but "seen" -> Done."""

    conversation: str = ""
    typing: bool = False


class LinkAccount(Value, frozen=True, tag=True):
    """This account is that person, too -> Done(person). `person` is an id or an `account_key`, `account` a key."""

    person: str
    account: str


class UnlinkAccount(Value, frozen=True, tag=True):
    """It is not -> Done(person)."""

    person: str
    account: str


class DescribePerson(Value, frozen=True, tag=True):
    """Tags, audience and country of a person; None leaves a field -> Done(person)."""

    person: str
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    audience: str | None = None
    country: str | None = None


class LogContact(Value, frozen=True, tag=True):
    """A call, a visit in a shop, an event: logged by hand -> Done(person)."""

    person: str
    kind: str
    at: datetime
    text: str = ""


class CorrectPost(Value, frozen=True, tag=True):
    """What tone or stance a post really has; None leaves one, empty is as the engines say -> Done. Raises Missing.

    A stance "none" is none of the five.
    """

    uri: str
    tone: str | None = None
    stance: str | None = None


class ForgetPerson(Value, frozen=True, tag=True):
    """Erases a person everywhere and keeps them away -> Done(text: what was erased). It cannot be undone."""

    person: str


class UndoStep(Value, frozen=True, tag=True):
    """Takes an act back; an empty step is one's own latest -> Done(text: what was undone), or Conflict."""

    step: str = ""


class Together(Value, frozen=True, tag=True):
    """Several acts as one, undone as one -> Done(refused). What can be done is done."""

    commands: tuple[Command, ...]


class AcknowledgeAlert(Value, frozen=True, tag=True):
    """I have seen it (or, with `seen` False, have not after all) -> Done."""

    alert: str
    seen: bool = True


class JudgeAlert(Value, frozen=True, tag=True):
    """It was real, or noise, or somebody above must look; each with its way back -> Done."""

    alert: str
    verdict: Verdict


class MuteAlert(Value, frozen=True, tag=True):
    """This key is quiet until a time -> Done."""

    key: str
    until: datetime


class PollNow(Value, frozen=True, tag=True):
    """Wake a source now, or all when empty (the politeness budget still holds) -> Done."""

    source: str = ""


class ExcludeWord(Value, frozen=True, tag=True):
    """Quick start: never show posts with this word -> Done."""

    word: str


class SaveRoom(Value, frozen=True, tag=True):
    """Quick start: write the room as a file that does not exist yet -> Done(text: its path)."""

    path: str


class StopRoom(Value, frozen=True, tag=True):
    """The room ends; terminals are told -> Done."""


Command = (
    SaveDraft
    | DiscardDraft
    | QueueSend
    | ProposeSend
    | ApproveSend
    | RejectSend
    | ReviseSend
    | RescheduleSend
    | CancelSend
    | ReleaseHeld
    | ResolveUnknown
    | React
    | DeleteSent
    | FreezePublishing
    | ClaimCase
    | ReleaseCase
    | CloseCase
    | ReopenCase
    | AssignCase
    | SnoozeCase
    | EscalateCase
    | HandOverCase
    | DismissCase
    | TagCase
    | PrioritizeCase
    | MoveToPrivate
    | HandOff
    | WriteNote
    | DeleteNote
    | ReadNotes
    | Attend
    | LinkAccount
    | UnlinkAccount
    | DescribePerson
    | LogContact
    | CorrectPost
    | ForgetPerson
    | UndoStep
    | Together
    | AcknowledgeAlert
    | JudgeAlert
    | MuteAlert
    | PollNow
    | ExcludeWord
    | SaveRoom
    | StopRoom
)


class Request(Value, frozen=True):
    """A command in its envelope."""

    id: str
    operator: str
    command: Command


class Done(Value, frozen=True):
    """What a command answers when it was done."""

    item: OutboxItem | None = None
    draft: Draft | None = None
    case: Case | None = None
    note: Note | None = None
    person: Person | None = None
    text: str = ""
    step: str = ""  # what `UndoStep` takes back; empty where nothing was changed
    refused: tuple[tuple[int, Problem], ...] = ()  # of `Together`: places of what was not done, and why
