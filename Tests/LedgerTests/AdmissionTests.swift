import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

/// A member joins a running network, through blocks (`Protocol/membership.md`, A4 to A12).
@Suite("Joining through blocks")
struct AdmissionTests {
  private struct Newcomer {
    let keys: [KeyRole: PrivateKey]
    let member: Member

    init(_ name: String) throws {
      var keys: [KeyRole: PrivateKey] = [:]
      for role in KeyRole.allCases {
        keys[role] = try PrivateKey.ed25519(seed: [UInt8](repeating: 99, count: 31) + [role.rawValue])
      }
      self.keys = keys
      member = Member(
        id: try some(MemberID(name)), name: name, kind: .state, root: try some(keys[.root]).publicKey,
        authority: try some(keys[.authority]).publicKey, node: try some(keys[.node]).publicKey,
        pins: [Digest.sha256([5])])
    }

    func change(_ profile: CustomsProfile?, in network: TestNetwork) throws -> RosterChange {
      let possessions = try Admission.certified.map { role in
        let possession = Possession(member: member.id, role: role, key: member.key(role))
        return try TestNetwork.sign(possession, try some(keys[role]), network.genesis.network)
      }
      let approval = RootApproval(
        member: member.id, root: member.root, notAfter: network.now.milliseconds + 50_000,
        change: RosterChange.approvedAdmission(of: member, profile: profile))
      return .admit(
        Admission(
          member: member, profile: profile, possessions: possessions,
          approval: try TestNetwork.sign(approval, try some(keys[.root]), network.genesis.network)))
    }

    func sign(_ act: AccessionAct, in network: TestNetwork) throws -> VerifiedTransaction {
      let content = Transaction(
        signer: member.id, notAfter: try network.now.adding(milliseconds: 40_000), body: .accession(act))
      let statement = try TestNetwork.sign(
        content, try some(keys[content.statementType.role]), network.genesis.network)
      return try SignedTransaction(statement, as: content.statementType).verified(
        on: network.state.roster, network: network.genesis.network, by: TestNetwork.verifier)
    }
  }

  private func motion(_ change: RosterChange, _ network: TestNetwork, entry: Int64?) throws -> Motion {
    let members = (network.state.accession.fullMembers + [try some(change.subject)]).sorted()
    let votes = try network.genesis.content.items.map { try TestNetwork.votes($0.id, members) }
    return Motion(
      title: "Accession", instrument: .zero, closes: try network.now.adding(milliseconds: 60_000),
      entry: try entry.map { try network.now.adding(milliseconds: $0) }, changes: [change], votes: votes)
  }

  private func adopt(_ motion: Motion, on network: inout TestNetwork) throws {
    let filed = try network.stated(.motion(motion), by: "AUS")
    let ballots = try ["EUN", "JPN", "USA"].map { name in
      try network.stated(.ballot(MotionBallot(motion: filed.identity, isYes: true)), by: name)
    }
    try network.append([filed] + ballots)
  }

  @Test("signatory, full, ready: each step in its block, and the profile with the membership")
  func steps() throws {
    var network = try TestNetwork()
    let newcomer = try Newcomer("SGP")
    let profile = try TestNetwork.profile(newcomer.member.id, territory: "SGP")
    try adopt(try motion(try newcomer.change(profile, in: network), network, entry: 5_000), on: &network)
    #expect(network.state.epoch == 1 && network.state.roster.members.count == 5)
    #expect(network.state[.profile(newcomer.member.id)] == nil)
    #expect(network.state.nextDeadline != nil)
    try network.append()
    let mark = try some(network.state.accession.latestMark)
    let ready = try newcomer.sign(.ready(Readiness(height: mark.height, block: mark.digest)), in: network)
    #expect(try network.append([ready]).outcomes.map(\.result.code) == ["ACCEPTED"])
    #expect(network.state.epoch == 1)
    let entered = try network.append(after: 5_000)
    #expect(entered.closesEpoch && network.state.epoch == 2)
    #expect(network.state.validators.members.count == 5)
    #expect(network.state.negotiation.electorate.members.count == 5)
    #expect(network.state[.profile(newcomer.member.id)] == profile.encoded)
    #expect(network.state.nextDeadline == nil)
    // All of it comes back from a snapshot.
    network.take(try some(newcomer.keys[.node]), .node, of: newcomer.member.id)
    let certificate = try network.certificate(.finalize, on: try network.appended()).certificate
    let snapshot = try some(Snapshot(of: network.state, header: network.tip, finalisation: certificate))
    let context = try some(network.contexts.last)
    #expect(try snapshot.state(on: network.genesis, in: context, by: TestNetwork.verifier) == network.state)
  }

  @Test("a profile of a foreign territory or currency is refused, and one that the root key did not approve is forged")
  func profiles() throws {
    var network = try TestNetwork()
    let newcomer = try Newcomer("SGP")
    let foreign = try TestNetwork.profile(newcomer.member.id, territory: "XYZ")
    let bad = try network.stated(
      .motion(try motion(try newcomer.change(foreign, in: network), network, entry: nil)), by: "AUS")
    let other = try TestNetwork.profile(try network.member("AUS"), territory: "SGP")
    let wrong = try network.stated(
      .motion(try motion(try newcomer.change(other, in: network), network, entry: nil)), by: "EUN")
    #expect(try network.append([bad, wrong]).outcomes.map(\.result.code) == ["PROFILE_UNLAWFUL", "PROFILE_UNLAWFUL"])
    guard case .admit(let approved) = try newcomer.change(nil, in: network) else { return }
    let forged = Admission(
      member: approved.member, profile: other, possessions: approved.possessions, approval: approved.approval)
    let motion = try motion(.admit(forged), network, entry: nil)
    #expect(throws: AttestationError.wrongType) { try network.stated(.motion(motion), by: "AUS") }
  }
}

extension TestNetwork {
  fileprivate static func profile(_ member: MemberID, territory: String) throws -> CustomsProfile {
    CustomsProfile(
      member: try some(TerritoryCode(member.text)), territory: try some(TerritoryCode(territory)), valuation: .fob,
      currency: try some(Currency(code: .usDollar, minorPerMajor: 100)), rounding: .halfUp,
      ordinary: try some(RateSchedule.flat(.zero)), bound: nil, netting: [], bandedMaximum: .zero,
      rateRule: .monthBefore)
  }

  /// Appends an empty block, and answers its header.
  fileprivate mutating func appended() throws -> BlockHeader {
    try append()
    return tip
  }
}
