import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

import struct Consensus.Certificate

extension TestNetwork {
  /// Gives a member a new key of a role by ballot: the last of the blocks that this takes closes the epoch.
  mutating func rotate(_ role: KeyRole, of name: String, seed: UInt8) throws {
    let member = try member(name)
    let key = try PrivateKey.ed25519(seed: [UInt8](repeating: seed, count: 32))
    let network = genesis.network
    let root = try some(keys[member]?[.root])
    let approval = RootApproval(
      member: member, root: root.publicKey, notAfter: try now.adding(milliseconds: 60_000).milliseconds,
      change: RosterChange.approvedRotation(of: member, role, to: key.publicKey))
    let rotation = Rotation(
      member: member, role: role, key: key.publicKey,
      possession: try Self.sign(Possession(member: member, role: role, key: key.publicKey), key, network),
      approval: try Self.sign(approval, root, network))
    try adopt([.rotate(rotation)], by: name)
    take(key, role, of: member)
  }

  /// Lets a member withdraw: the last block closes the epoch.
  mutating func withdraw(_ name: String) throws {
    let member = try member(name)
    let root = try some(keys[member]?[.root])
    let approval = RootApproval(
      member: member, root: root.publicKey, notAfter: try now.adding(milliseconds: 60_000).milliseconds,
      change: RosterChange.approvedWithdrawal(of: member))
    try adopt([.withdraw(member, approval: try Self.sign(approval, root, genesis.network))], by: name)
  }

  /// Files a motion, and votes for it until it is adopted.
  private mutating func adopt(_ changes: [RosterChange], by name: String) throws {
    let motion = Motion(
      title: "a change", instrument: Digest.sha256([7]), closes: try now.adding(milliseconds: 50_000), changes: changes)
    let filed = try accession(.motion(motion), by: name)
    let before = contexts.count
    try append([filed])
    for other in state.roster.members.map(\.id.text) where other != name && contexts.count == before {
      try append([try accession(.ballot(MotionBallot(motion: filed.identity, isYes: true)), by: other)])
    }
    guard contexts.count == before + 1 else { throw Missing() }
  }

  private func accession(_ act: AccessionAct, by name: String) throws -> VerifiedTransaction {
    let notAfter = try now.adding(milliseconds: 40_000)
    return try verified(Transaction(signer: try member(name), notAfter: notAfter, body: .accession(act)))
  }

  // MARK: Proofs

  /// The closing blocks so far, ascending.
  var closings: [Int] { executions.indices.filter { executions[$0].closesEpoch } }

  /// The link of a closing block, given by its place, finalised by itself or at the end of a tail.
  func link(at place: Int, tail: Int = 0) throws -> EpochLink {
    var headers = [blocks[place].header]
    for _ in 0..<tail { headers.append(try self.tail(after: headers, on: executions[place].state)) }
    let finalisation = try certificate(.finalize, on: try some(headers.last)).certificate
    return .succession(
      try some(EpochSuccession(headers: headers, finalisation: finalisation, state: executions[place].state)))
  }

  /// The header of another tail block.
  private func tail(after headers: [BlockHeader], on state: LedgerState) throws -> BlockHeader {
    let parent = try some(headers.last)
    let view = try some(parent.view.next)
    return try state.proposing(
      [], on: parent, epoch: parent.epoch, view: view, at: try parent.timestamp.adding(milliseconds: 1),
      by: context(of: parent).leader(of: view)
    ).block.header
  }

  /// All links up to the epoch of the tip.
  func links() throws -> [EpochLink] {
    try closings.filter { blocks[$0].header.epoch < tip.epoch }.map { try link(at: $0) }
  }

  /// The bundle of a subject, with so many headers up to the tip.
  func bundle(_ subject: BundleSubject, headers count: Int = 1, links: [EpochLink]? = nil) throws -> Bundle {
    let known = Dictionary(
      blocks.flatMap(\.transactions).map { ($0.identity, $0.signed) }, uniquingKeysWith: { first, _ in first })
    let finalisation = try certificate(.finalize, on: tip).certificate
    return try some(
      try BundlePlan(subject, in: state).bundle(
        headers: blocks.suffix(count).map(\.header), finalisation: finalisation, links: try links ?? self.links(),
        statement: { known[$0] }))
  }

  func report(_ bundle: Bundle, _ demands: BundleDemands = BundleDemands()) throws(BundleError) -> BundleReport {
    try bundle.verified(genesis: genesis, demands: demands, by: SystemVerifier())
  }

  /// The code with which a bundle is refused, or nil.
  func refusal(_ bundle: Bundle, _ demands: BundleDemands = BundleDemands()) -> String? {
    do throws(BundleError) {
      _ = try report(bundle, demands)
      return nil
    } catch {
      return error.code
    }
  }
}
