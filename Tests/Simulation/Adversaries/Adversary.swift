import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// A machine that does not keep to the rules. It runs a replica like everyone, and sends what it likes instead of what
/// its replica wants sent.
protocol Adversary {
  var corruption: Corruption { get set }
  /// Whether it acts of its own accord.
  var isActive: Bool { get }
  /// What goes out in place of a message to those members.
  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel]
  /// What its own replica hears of a message; nil if nothing.
  mutating func hear(_ message: PeerMessage, from sender: Int) -> PeerMessage?
  /// What it sends of its own accord, now and then.
  mutating func act() -> [Parcel]
}

extension Adversary {
  var isActive: Bool { false }

  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel] {
    [Parcel(message: message, recipients: recipients)]
  }

  mutating func hear(_ message: PeerMessage, from sender: Int) -> PeerMessage? { message }

  mutating func act() -> [Parcel] { [] }
}

/// A message that an adversary sends, with the signatures that it made for it.
struct Parcel {
  let message: PeerMessage
  let recipients: [Int]
  var signatures: [[UInt8]] = []
}

/// What an adversary tries.
package enum AdversaryKind: String, CaseIterable, Sendable {
  case equivocator, doubleVoter, blockWithholder, voteWithholder, revealWithholder, replayer, staleSpammer
  case timestampLiar, rootForger, flooder, twins, thinCertifier, forger
  /// One of more than agreement bears. Only in worlds of collusion.
  case colluder

  package static let allCases: [AdversaryKind] = [
    .equivocator, .doubleVoter, .blockWithholder, .voteWithholder, .revealWithholder, .replayer, .staleSpammer,
    .timestampLiar, .rootForger, .flooder, .twins, .thinCertifier, .forger,
  ]

  /// Whether its keys are on two machines.
  var hasTwoMachines: Bool { self == .twins || self == .colluder }

  func make(_ corruption: Corruption) -> any Adversary {
    switch self {
    case .equivocator: Equivocator(corruption: corruption)
    case .doubleVoter: DoubleVoter(corruption: corruption)
    case .blockWithholder: BlockWithholder(corruption: corruption)
    case .voteWithholder: VoteWithholder(corruption: corruption)
    case .revealWithholder: RevealWithholder(corruption: corruption)
    case .replayer: Replayer(corruption: corruption)
    case .staleSpammer: StaleSpammer(corruption: corruption)
    case .timestampLiar: TimestampLiar(corruption: corruption)
    case .rootForger: RootForger(corruption: corruption)
    case .flooder: Flooder(corruption: corruption)
    case .twins: Twin(corruption: corruption)
    case .thinCertifier: ThinCertifier(corruption: corruption)
    case .forger: Forger(corruption: corruption)
    case .colluder: Colluder(corruption: corruption)
    }
  }
}

/// What an adversary has: the network's public knowledge, its own keys, its accomplices, and what its replica knows.
struct Corruption {
  let network: SimulatedNetwork
  let place: Int
  /// All Byzantine members, itself among them.
  let accomplices: Set<Int>
  var chance: SplitMix64
  /// How often it did what it tries.
  var attacks = 0
  /// By how many milliseconds its machine's clock is made to lie.
  var clockLie: Int64 = 0
  private(set) var context: EpochContext
  private(set) var view: View = .zero
  private(set) var height: Height = .zero
  private(set) var finalView: View = .zero
  private(set) var now = SimulatedNetwork.start

  init(network: SimulatedNetwork, place: Int, accomplices: Set<Int>, chance: SplitMix64) {
    (self.network, self.place, self.accomplices, self.chance) = (network, place, accomplices, chance)
    context = network.genesis.context
  }

  /// Looks at its own replica.
  mutating func see(_ mind: Mind, at now: Instant) {
    self.now = now
    (context, view) = (mind.replica.context, mind.replica.currentView)
    (height, finalView) = (mind.replica.finalised.height, mind.replica.finalised.view)
  }

  var member: Member { network.members[place] }

  /// The places of all other members.
  var others: [Int] { network.members.indices.filter { $0 != place } }

  /// Some of the other members, by chance; at least one.
  mutating func some() -> [Int] {
    let some = others.filter { _ in chance.below(2) == 0 }
    return some.isEmpty ? Array(others.prefix(1)) : some
  }

  /// One of the other members.
  mutating func one() -> [Int] { [others[chance.below(others.count)]] }

  mutating func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) } }

  /// How many signatures a certificate has that is one short of more than two thirds.
  static func thinQuorum(of members: Int) -> Int { 2 * members / 3 }

  /// An own vote, whatever it says.
  func vote(_ subject: VoteSubject, to recipients: [Int]) -> Parcel {
    let statement = SimulatedNetwork.sign(Vote(subject, by: member.id), by: member.node, on: context.network)
    return Parcel(
      message: .agreement(.vote(SignedVote(kind: subject.kind, statement: statement))), recipients: recipients,
      signatures: [statement.signature])
  }

  /// A proposal with another header in place of the one that its replica made.
  func proposal(
    _ header: BlockHeader, like proposal: ProposalMessage, _ outline: BlockOutline, to recipients: [Int]
  ) -> Parcel? {
    guard let outline = BlockOutline(header: header, transactions: outline.transactions) else { return nil }
    let subject = VoteSubject.notarize(header.digest, in: header.view, of: context)
    let statement = SimulatedNetwork.sign(Vote(subject, by: member.id), by: member.node, on: context.network)
    let message = ProposalMessage(
      link: header.link, notarize: statement, parentCertificate: proposal.parentCertificate,
      nullifications: proposal.nullifications)
    return Parcel(
      message: .proposal(message, outline), recipients: recipients, signatures: [statement.signature])
  }

  /// A status without the votes in it that are the recipient's own; any other message as it is.
  static func withoutVotes(_ message: PeerMessage) -> PeerMessage {
    guard case .agreement(.status(let status)) = message, !status.votes.isEmpty else { return message }
    var writer = CBORWriter()
    writer.array(7)
    writer.value(status.epoch)
    writer.value(status.opener)
    writer.value(status.finalisedHeight)
    writer.value(status.finalisedView)
    writer.value(status.finalisedBlock)
    writer.value(status.view)
    writer.array(0)
    guard let silent = try? ConsensusStatus(decoding: writer.bytes) else { return message }
    return .agreement(.status(silent))
  }
}

extension BlockHeader {
  /// The same header with another time or other roots.
  func with(timestamp: Instant? = nil, roots: BlockRoots? = nil) -> BlockHeader {
    BlockHeader(
      height: height, epoch: epoch, view: view, parent: parent, parentView: parentView,
      timestamp: timestamp ?? self.timestamp, roots: roots ?? self.roots, proposer: proposer,
      rulesVersion: rulesVersion)
  }
}
