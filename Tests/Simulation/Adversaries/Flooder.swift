import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// Sends as much as it can of what others might keep: statements that cannot yet be in a block, proposals for views to
/// come, votes for them, questions for blocks that do not exist.
///
/// Defeated by shares: its statements fill its own share of the pool and nobody else's (M7), unasked blocks are few and
/// two of a view (M14), votes far ahead are dropped (R8), whoever has nothing does not answer (M13).
struct Flooder: Adversary {
  var corruption: Corruption

  var isActive: Bool { true }

  mutating func act() -> [Parcel] {
    var parcels: [Parcel] = []
    corruption.attacks += 1
    if let statements = statements() { parcels.append(statements) }
    if let proposal = proposal() { parcels.append(proposal) }
    let far = View(corruption.view.number &+ UInt64(2 + corruption.chance.below(1_000)))
    parcels.append(corruption.vote(.nullify(far, of: corruption.context), to: corruption.some()))
    let digest = Digest.of(.history, corruption.noise(8))
    for _ in 0..<4 {
      parcels.append(Parcel(message: .wantBlock(digest), recipients: corruption.others))
      parcels.append(Parcel(message: .wantTransactions(block: digest, [digest]), recipients: corruption.others))
    }
    return parcels
  }

  /// Its own statements, most of them with a last instant so far ahead that they wait.
  private mutating func statements() -> Parcel? {
    let life = corruption.network.genesis.content.ledger.longestTransactionLife
    let signed = (0..<12).compactMap { number -> SignedTransaction? in
      let ahead = number == 0 ? life / 2 : life * 3
      guard let end = try? corruption.now.adding(milliseconds: ahead) else { return nil }
      let content = Transaction(
        signer: corruption.member.id, notAfter: end, body: .memorandum(corruption.noise(16)))
      return try? corruption.network.sign(content, on: corruption.context.roster)
    }
    return signed.isEmpty ? nil : Parcel(message: .transactions(signed), recipients: corruption.others)
  }

  /// A block on the epoch's first one for a view to come that it leads: nothing is wrong with it yet.
  private mutating func proposal() -> Parcel? {
    let members = UInt64(corruption.context.validators.members.count)
    guard let index = corruption.context.validators.index(of: corruption.member.id) else { return nil }
    let next = corruption.view.number / members * members + UInt64(index)
    let view = View(next + members * UInt64(1 + corruption.chance.below(40)))
    let (root, genesis) = (corruption.context.root, corruption.network.genesis.header)
    let header = BlockHeader(
      height: corruption.height.advanced(by: 2) ?? .zero, epoch: corruption.context.epoch, view: view,
      parent: root.digest, parentView: root.view, timestamp: corruption.now,
      roots: BlockRoots(
        transactions: BlockOutline.root(of: []), results: genesis.resultsRoot,
        state: Digest.of(.history, corruption.noise(8))),
      proposer: corruption.member.id, rulesVersion: genesis.rulesVersion)
    guard let outline = BlockOutline(header: header, transactions: []) else { return nil }
    let subject = VoteSubject.notarize(header.digest, in: view, of: corruption.context)
    let statement = SimulatedNetwork.sign(
      Vote(subject, by: corruption.member.id), by: corruption.member.node, on: corruption.context.network)
    let message = ProposalMessage(
      link: header.link, notarize: statement, parentCertificate: nil, nullifications: [])
    return Parcel(
      message: .proposal(message, outline), recipients: corruption.others, signatures: [statement.signature])
  }
}
