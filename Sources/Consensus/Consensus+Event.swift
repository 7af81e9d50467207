import Cryptography
import Membership

extension Consensus {
  /// What happens to a member. Everything from peers was verified beforehand; nothing here can be traded for its unverified form.
  package enum Event: Hashable, Sendable {
    /// The driver runs. The first event, once.
    case started
    /// A proposal from a peer, whose link is that of the header that came with it.
    case proposal(Proposal)
    case vote(Attested<Vote>)
    case certificate(VerifiedCertificate)
    case peerStatus(from: MemberID, VerifiedStatus)
    case request(from: MemberID, CertificateRequest)
    /// The answer to `judge`, whenever the driver can give it: all that is missing was fetched and the block was executed.
    case judged(block: Digest, Verdict)
    /// The answer to `build`: the driver keeps the block until it is finalised or passed over.
    case built(BlockLink)
    /// The answer to `sign`, verified like any other vote.
    case signed(Attested<Vote>)
    /// The record of that ticket, and of every ticket before it, is on stable storage.
    case persisted(Ticket)
    case expired(Timer)
    /// Whether the driver knows of work: a transaction not yet in the tip, a deadline that passed, the heartbeat.
    case workKnown(Bool)
    /// A block that `fetch` asked for, or that synchronisation brought: its header is stored with the driver.
    case blockKnown(BlockLink)
  }

  /// What the driver found about a proposed block, its time (R31) among the rest. While it cannot tell yet, it does not answer.
  package enum Verdict: Hashable, Sendable {
    case valid
    /// Permanently invalid; the reason is for people.
    case invalid(reason: String)
  }

  /// One-shot timers. Starting one that runs replaces it.
  package enum Timer: Hashable, Sendable {
    /// The view's time-out (R17).
    case view(View)
    /// The pause before an empty block on an unfinalised parent (R19).
    case lull(View)
    /// Sending again (R24). It is not started again once the member is idle.
    case retry
  }

  /// Names one record handed out for storage. Tickets count up from 1.
  package struct Ticket: Hashable, Comparable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package static func < (left: Ticket, right: Ticket) -> Bool { left.number < right.number }
  }
}
