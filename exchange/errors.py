"""What can go wrong between those who ask, agree and exchange.

ExchangeError
├── PolicyUnknown     no such policy, or not for this reader
├── PolicyUnclear     a document with none or several policies
├── PolicyNameShared  several parties have a policy of one name
├── SourceRefused     a value of a source that the caller cannot vouch for
├── CountingRefused   using up a limit without the right to it
├── BatchTooLarge     more decisions at once than are made
├── ProcessUnknown    no such negotiation or transfer, or none of the caller's
├── ProcessMoved      it changed between reading and writing
├── TooManyOpen       a peer has as much open here as it may
├── ProcessBusy       another message of it is being worked on
├── ProcessTaken      a peer gives two processes one id
├── StepRefused       the protocol has no way on by this message
├── OfferUnknown      no such offer, or not for who asks
├── OfferHidden       an offer that is not for who it is proposed to
├── OfferMoved        an offer was revised or withdrawn while it was negotiated
├── FormatUnknown     data is not moved in that way
├── OfferUnclear      several offers, and it is not said which
├── FilterRefused     a filter of the catalog that cannot be read
├── KitRefused        the conformance kit beside data of others
├── TermsInvalid      terms that cannot be offered
├── NotOffered        a peer offers no such dataset, or not to us
└── PeerAnswered      a peer answered with what it should not have
"""

from collections.abc import Sequence

from ontology.messages import Message


class ExchangeError(Exception):
    """Root of everything that this package raises.

    Attributes:
        message: the reason, for people.
        member: place in the question, where there is one.
    """

    def __init__(self, message: Message, member: str | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.member = member


class PolicyUnknown(ExchangeError):
    """No policy has this IRI, or the reader may not see it."""

    def __init__(self, iri: str, member: str | None = None) -> None:
        shown = iri[:200]
        super().__init__(
            Message(ja=f"{shown} というポリシーはありません。", en=f"There is no policy {shown} here."), member
        )


class PolicyUnclear(ExchangeError):
    """A document holds none or several policies, and it is not said which is meant."""


class PolicyNameShared(ExchangeError):
    """Several parties have published a policy under one name, and it is not said whose is meant.

    Attributes:
        catalogs: that have one which the reader may ask for.
    """

    def __init__(self, iri: str, catalogs: Sequence[str], member: str | None = None) -> None:
        shown, self.catalogs = iri[:200], tuple(dict.fromkeys(catalogs))
        listed = ", ".join(self.catalogs)[:1000]
        super().__init__(
            Message(
                ja=f"{shown} という名前を複数の参加者が使っています。カタログを指定してください: {listed}",
                en=f"Several parties use the name {shown}; say in which catalog it is meant: {listed}",
            ),
            member,
        )


class SourceRefused(ExchangeError):
    """A caller states what only a trusted one may state."""


class CountingRefused(ExchangeError):
    """A caller may not use up what a policy limits."""


class BatchTooLarge(ExchangeError):
    """More is asked at once than is decided in one transaction."""


class ProcessUnknown(ExchangeError):
    """No negotiation or transfer has this id, or it is none of the caller's."""

    def __init__(self, pid: str) -> None:
        shown = pid[:200]
        super().__init__(Message(ja=f"{shown} という交渉・転送はありません。", en=f"There is no process {shown} here."))
        self.pid = pid


class ProcessMoved(ExchangeError):
    """The process changed between reading and writing it."""

    def __init__(self, pid: str) -> None:
        super().__init__(
            Message(
                ja="この交渉・転送はその間に変わりました。もう一度お試しください。",
                en="This process has changed in the meantime; try again.",
            )
        )
        self.pid = pid


class ProcessBusy(ExchangeError):
    """Another message of the process is still being worked on."""

    def __init__(self, pid: str) -> None:
        super().__init__(
            Message(
                ja="この交渉・転送の別のメッセージを処理しています。少し待って送り直してください。",
                en="Another message of this process is being worked on; send it again in a moment.",
            )
        )
        self.pid = pid


class TooManyOpen(ExchangeError):
    """A peer begins a negotiation or transfer, and has as many open as one peer may have."""

    def __init__(self, most: int) -> None:
        super().__init__(
            Message(
                ja=f"終わっていない交渉・転送が上限の {most} 件あります。いくつかを終えてから、送り直してください。",
                en=f"You have {most} open processes of this kind here, as many as one peer may have. End some and send "
                "this again.",
            )
        )
        self.most = most


class ProcessTaken(ExchangeError):
    """A peer names a process by the id of another one."""

    def __init__(self, pid: str) -> None:
        shown = pid[:200]
        super().__init__(
            Message(ja=f"{shown} は別の交渉・転送の ID です。", en=f"{shown} is the id of another process of yours.")
        )


class StepRefused(ExchangeError):
    """The protocol has no way from the state of a process by this message."""

    def __init__(self, message: str, state: str) -> None:
        super().__init__(
            Message(
                ja=f"状態 {state} では {message} を受け付けられません。",
                en=f"A {message} cannot be taken in the state {state}.",
            )
        )
        self.state = state


class OfferUnknown(ExchangeError):
    """No offer has this id, it was withdrawn, or it is not for who asks."""

    def __init__(self, iri: str) -> None:
        shown = iri[:200]
        super().__init__(Message(ja=f"{shown} という提供条件はありません。", en=f"There is no offer {shown} here."))
        self.iri = iri


class OfferHidden(ExchangeError):
    """An offer is proposed to a participant that may not negotiate it."""

    def __init__(self, iri: str, consumer: str) -> None:
        shown = consumer[:200]
        super().__init__(
            Message(
                ja=f"この提供条件またはデータセットの公開先に {shown} は含まれていません。",
                en=f"{shown} is not among those whom this offer and its dataset are for.",
            ),
            "consumer",
        )
        self.iri = iri


class OfferMoved(ExchangeError):
    """An offer is another one, or none any more, than when it was decided upon."""

    def __init__(self, iri: str) -> None:
        super().__init__(
            Message(
                ja="この提供条件はその間に改められたか、取り下げられました。",
                en="This offer was revised or withdrawn in the meantime.",
            )
        )
        self.iri = iri


class FormatUnknown(ExchangeError):
    """Data is not moved in the way that was asked for, or not with the address that came or did not come."""

    def __init__(self, form: str, known: Sequence[str]) -> None:
        listed, shown = ", ".join(known), form[:200]
        super().__init__(
            Message(
                ja=f"転送形式 {shown} は使えません。使えるのは {listed} で、PUSH には送り先 (dataAddress) が必要です。",
                en=f"The format {shown} is not served. Served are {listed}; a PUSH needs a dataAddress, a PULL none.",
            ),
            "format",
        )


class OfferUnclear(ExchangeError):
    """A dataset has several offers, and it is not said which is meant."""

    def __init__(self, offers: Sequence[str]) -> None:
        listed = ", ".join(offers)[:1000]
        super().__init__(
            Message(
                ja=f"提供条件が複数あります。どれかを指定してください: {listed}",
                en=f"There are several offers; say which is meant: {listed}",
            ),
            "offer",
        )


class NotOffered(ExchangeError):
    """A peer has no such dataset in its catalog, or does not show it to us."""

    def __init__(self, dataset: str, provider: str) -> None:
        shown = dataset[:500]
        super().__init__(
            Message(
                ja=f"{provider} は {shown} を提供していないか、こちらには見せていません。",
                en=f"{provider} does not offer {shown}, or does not show it to us.",
            ),
            "dataset",
        )


class PeerAnswered(ExchangeError):
    """A peer answered with what it should not have."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(
            Message(ja=f"相手は {status} と答えました: {said}", en=f"The other side answered {status}: {said}")
        )
        self.status = status


class FilterRefused(ExchangeError):
    """A filter of a request for the catalog is none that can be read."""


class KitRefused(ExchangeError):
    """The profile of the conformance kit, on a data folder that is not the kit's alone."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                ja="RENKEI_TCK=1 は、適合試験だけに使う新しいデータフォルダーでしか起動できません。",
                en="RENKEI_TCK=1 starts only with a new data folder, which the conformance kit has for itself.",
            )
        )


class TermsInvalid(ExchangeError):
    """Terms that cannot be offered.

    Attributes:
        results: each place and what is wrong there, JSON-ready.
    """

    def __init__(self, reasons: Sequence[tuple[str, Message]]) -> None:
        super().__init__(
            Message(ja="".join(each.ja for _, each in reasons[:3]), en=" ".join(each.en for _, each in reasons[:3])),
            "terms",
        )
        self.results = [{"place": place, "message": {"ja": each.ja, "en": each.en}} for place, each in reasons]
