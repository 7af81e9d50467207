import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

extension GenesisContent {
  /// Everything that does not fit together (`Protocol/ledger.md`, L2 to L4). Empty for a content that may be signed.
  package var problems: [GenesisProblem] {
    var found: [GenesisProblem] = []
    if name.isEmpty { found.append(.nameEmpty) }
    if time.milliseconds < 0 { found.append(.timeNegative) }
    found += memberProblems + parameterProblems + itemProblems
    let known = Set(items.map(\.id))
    for entry in votes { found += problems(of: entry, known) }
    found += profileProblems
    if !KnownRules.program.contains(rulesVersion) { found.append(.rulesVersion(rulesVersion)) }
    return found
  }

  private var memberProblems: [GenesisProblem] {
    var found: [GenesisProblem] = []
    do throws(RosterError) { _ = try Roster(members) } catch { found.append(.roster(error)) }
    if !Self.ascends(members.map(\.id)) { found.append(.membersOutOfOrder) }
    if !members.contains(where: { $0.id == chair }) { found.append(.chairUnknown(chair)) }
    return found
  }

  private var parameterProblems: [GenesisProblem] {
    var found = ledger.outOfRange.map(GenesisProblem.parameter)
    if !negotiation.isLawful { found.append(.parameter("negotiation")) }
    guard found.isEmpty, let quorum = Quorum(members: members.count) else { return found }
    let shortest = ledger.shortestWindow(witness: quorum.witness)
    let named = [("first", negotiation.firstWindows), ("routine", negotiation.routineWindows)]
    let names = ["notice", "evidence", "commit", "reveal", "ballot", "vacatio"]
    var windows = [("minimum", negotiation.minimumWindow)]
    for (kind, value) in named { windows += zip(names.map { "\(kind).\($0)" }, value.all) }
    for (name, length) in windows where length < shortest {
      found.append(.windowTooShort(name, milliseconds: length, shortest: shortest))
    }
    return found
  }

  private var itemProblems: [GenesisProblem] {
    var found = zip(items, items.dropFirst()).filter { !($0.id < $1.id) }.map { GenesisProblem.itemsOutOfOrder($1.id) }
    found += zip(votes, votes.dropFirst()).filter { !($0.item < $1.item) }.map { .votes($1.item, .outOfOrder) }
    let voted = Set(votes.map(\.item))
    found += items.filter { !voted.contains($0.id) }.map { .votes($0.id, .missing) }
    return found
  }

  private func problems(of entry: ItemVotes, _ known: Set<ItemID>) -> [GenesisProblem] {
    var found: [GenesisProblem] = []
    if !known.contains(entry.item) { found.append(.votes(entry.item, .unknownItem)) }
    let names = Set(members.map(\.id))
    found += entry.members.filter { !names.contains($0) }.map { .votes(entry.item, .stranger($0)) }
    let rules = negotiation.votes
    for (chamber, roll) in [(Chamber.producer, entry.producer), (.consumer, entry.consumer)] {
      if roll.total != rules.total {
        found.append(.votes(entry.item, .total(chamber, found: roll.total, wanted: rules.total)))
      }
      for member in members {
        let votes = roll.votes(of: member.id)
        guard votes < rules.minimum || votes > rules.cap else { continue }
        found.append(.votes(entry.item, .beyondLimits(chamber, member.id, votes: votes)))
      }
    }
    return found
  }

  private var profileProblems: [GenesisProblem] {
    var found: [GenesisProblem] = []
    for (profile, next) in zip(profiles, profiles.dropFirst()) where !(profile.member < next.member) {
      found.append(.profile(next.member, .outOfOrder))
    }
    let names = Set(members.map(\.id.text))
    let territories = Set(territories.entries.map(\.territory))
    let currencies = Set(rates.entries.map(\.currency))
    for profile in profiles {
      if !names.contains(profile.member.text) { found.append(.profile(profile.member, .stranger)) }
      if !territories.contains(profile.territory) {
        found.append(.profile(profile.member, .territory(profile.territory)))
      }
      let currency = profile.currency.code
      if currency != .usDollar, !currencies.contains(currency) {
        found.append(.profile(profile.member, .rateMissing(currency)))
      }
    }
    return found
  }

  private static func ascends(_ ids: [MemberID]) -> Bool { zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 } }
}

/// A genesis whose content fits together and which every member has signed: what a node and a verifier start from.
package struct VerifiedGenesis: Hashable, Sendable {
  package let genesis: Genesis
  package let roster: Roster
  /// The state before the first block of transactions.
  package let state: LedgerState
  /// The header of the genesis block: height 0, view 0, no parent. It follows from the content alone.
  package let header: BlockHeader

  package var content: GenesisContent { genesis.content }
  package var network: NetworkID { state.network }

  /// The epoch that the genesis block opens.
  package var context: EpochContext {
    EpochContext(network: network, epoch: .zero, root: header.link, roster: roster)
  }

  fileprivate init(_ genesis: Genesis, roster: Roster, knowing rules: KnownRules) throws(NegotiationGenesisError) {
    let content = genesis.content
    (self.genesis, self.roster) = (genesis, roster)
    state = try LedgerState(content, roster: roster, knowing: rules)
    let roots = BlockRoots(transactions: MerkleHash.empty, results: MerkleHash.empty, state: state.root)
    header = BlockHeader(
      height: .zero, epoch: .zero, view: .zero, parent: .zero, parentView: .zero, timestamp: content.time,
      roots: roots, proposer: content.chair, rulesVersion: content.rulesVersion)
  }
}

extension Genesis {
  /// Reads a document and verifies it.
  package static func verified(
    decoding bytes: [UInt8], by verifier: some SignatureVerifier, knowing rules: KnownRules = .program
  ) throws(GenesisError) -> VerifiedGenesis {
    let genesis: Genesis
    do throws(CBORError) { genesis = try Genesis(decoding: bytes) } catch { throw .malformed("\(error)") }
    return try genesis.verified(by: verifier, knowing: rules)
  }

  /// Accepts the document if nothing at all is wrong with it: every member has signed, and the content fits together.
  ///
  /// The state remembers which versions of the rules the program executes.
  package func verified(
    by verifier: some SignatureVerifier, knowing rules: KnownRules = .program
  ) throws(GenesisError) -> VerifiedGenesis {
    let found = content.problems
    guard found.isEmpty, let roster = try? Roster(content.members) else { throw .problems(found) }
    let problems = endorsementProblems(on: roster, by: verifier)
    guard problems.isEmpty else { throw .problems(problems) }
    do throws(NegotiationGenesisError) {
      return try VerifiedGenesis(self, roster: roster, knowing: rules)
    } catch {
      throw .problems([.negotiation(error)])
    }
  }

  /// What is wrong with the signatures, and which are missing, the members ascending.
  package func endorsementProblems(on roster: Roster, by verifier: some SignatureVerifier) -> [GenesisProblem] {
    var found: [GenesisProblem] = []
    var signers: [MemberID] = []
    for statement in endorsements {
      do throws(AttestationError) {
        let signed = try Signed<GenesisEndorsement>(statement, as: .genesis)
        let endorsement = try signed.attested(on: roster, network: .none, by: verifier).content
        if endorsement.content != content.digest { found.append(.endorsementOfOther(endorsement.signer)) }
        if signers.contains(endorsement.signer) { found.append(.endorsementTwice(endorsement.signer)) }
        signers.append(endorsement.signer)
      } catch {
        found.append(.endorsementBad(error))
      }
    }
    found += roster.members.filter { !signers.contains($0.id) }.map { .endorsementMissing($0.id) }
    return found
  }
}
