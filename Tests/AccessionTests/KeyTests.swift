import Accession
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Keys, pins, proofs of possession and approvals: A5 to A7")
struct KeyTests {
  @Test("every role rotates, the epoch ends, and a validator stays one", arguments: KeyRole.allCases)
  func rotation(_ role: KeyRole) throws {
    var bloc = try Bloc(4)
    let old = try #require(bloc.accession.roster[try Bloc.id("M02")])
    let key = try bloc.newKey()
    try bloc.carry(bloc.motion([try bloc.rotation("M02", role, to: key)]), by: "M02")
    #expect(try bloc.endBlock())
    let new = try #require(bloc.accession.roster[old.id])
    #expect(new.key(role) == key && old.key(role) != key)
    #expect(bloc.validators.contains("M02") && bloc.accession.epoch == 1)
    let before = try #require(bloc.accession.record(of: old.key(role)))
    let after = try #require(bloc.accession.record(of: key))
    #expect(before.last == 0 && after.first == 1 && after.last == nil)
    // Another key of the same role may follow; the one before never comes back, for anyone, in any role.
    try bloc.refuses(
      .motion(bloc.motion([try bloc.rotation("M02", role, to: old.key(role))])), by: "M01", .keyUsed)
    try bloc.refuses(
      .motion(bloc.motion([try bloc.rotation("M03", .node, to: old.key(role))])), by: "M01", .keyUsed)
  }

  @Test("all keys and the pins in one motion")
  func everything() throws {
    var bloc = try Bloc(4)
    let pins = [Digest.sha256([1]), Digest.sha256([2])]
    var changes: [RosterChange] = []
    for role in KeyRole.allCases { changes.append(try bloc.rotation("M02", role, to: try bloc.newKey())) }
    changes.append(try bloc.pins("M02", pins))
    try bloc.carry(bloc.motion(changes), by: "M02")
    #expect(try bloc.endBlock())
    #expect(bloc.accession.roster[try Bloc.id("M02")]?.pins == pins)
    let same = try bloc.pins("M02", pins)
    try bloc.refuses(.motion(bloc.motion([same])), by: "M01", .pinsUnlawful)
    let twice = try bloc.pins("M02", [pins[0], pins[0]])
    try bloc.refuses(.motion(bloc.motion([twice])), by: "M01", .pinsUnlawful)
    let none = try bloc.pins("M02", [])
    try bloc.refuses(.motion(bloc.motion([none])), by: "M01", .pinsUnlawful)
  }

  @Test("two changes of the same key in one motion exclude each other")
  func conflict() throws {
    var bloc = try Bloc(4)
    let changes = [
      try bloc.rotation("M02", .node, to: try bloc.newKey()), try bloc.rotation("M02", .node, to: try bloc.newKey()),
    ]
    try bloc.refuses(.motion(bloc.motion(changes)), by: "M01", .changesConflict)
    let both = [changes[0], try bloc.withdrawal("M02")]
    try bloc.refuses(.motion(bloc.motion(both)), by: "M01", .changesConflict)
  }

  @Test("a key that is held by somebody else proves nothing")
  func forgedPossession() throws {
    let bloc = try Bloc(4)
    let (key, other) = (try bloc.newKey(), try bloc.newKey())
    let member = try #require(bloc.accession.roster[try Bloc.id("M02")])
    let approval = try bloc.approval(
      RosterChange.approvedRotation(of: member.id, .node, to: key), of: member.id, root: member.root)
    let forgeries = [
      // Signed by another key; of another role; of another member.
      try bloc.sign(Possession(member: member.id, role: .node, key: key), other),
      try bloc.possession(member.id, .authority, key),
      try bloc.possession(try Bloc.id("M03"), .node, key),
    ]
    for possession in forgeries {
      let change = RosterChange.rotate(
        Rotation(member: member.id, role: .node, key: key, possession: possession, approval: approval))
      #expect(throws: AttestationError.self) {
        try AccessionAct.motion(bloc.motion([change])).verifySignatures(network: Bloc.network, by: SystemVerifier())
      }
    }
  }

  @Test("an admission needs the proofs of all three keys")
  func forgedAdmission() throws {
    let bloc = try Bloc(4)
    let member = try bloc.newMember("NEW")
    guard case .admit(let good) = try bloc.admission(member) else { return }
    let stranger = try bloc.newMember("OLD")
    let bad = [
      Admission(member: member, possessions: [good.possessions[0]], approval: good.approval),
      Admission(member: member, possessions: good.possessions.reversed(), approval: good.approval),
      Admission(
        member: member, possessions: good.possessions,
        approval: try bloc.approval(
          RosterChange.approvedAdmission(of: stranger), of: member.id, root: member.root)),
      Admission(member: stranger, possessions: good.possessions, approval: good.approval),
    ]
    let verifier = SystemVerifier()
    #expect(throws: Never.self) {
      try RosterChange.admit(good).verifySignatures(network: Bloc.network, by: verifier)
    }
    for admission in bad {
      #expect(throws: AttestationError.self) {
        try RosterChange.admit(admission).verifySignatures(network: Bloc.network, by: verifier)
      }
    }
    #expect(throws: AttestationError.self) {
      try RosterChange.admit(good).verifySignatures(network: NetworkID(.zero), by: verifier)
    }
  }

  @Test("an approval is the root key's, and in time")
  func approvals() throws {
    var bloc = try Bloc(4)
    let member = try #require(bloc.accession.roster[try Bloc.id("M02")])
    let approved = RosterChange.approvedWithdrawal(of: member.id)
    let byAuthority = RosterChange.withdraw(
      member.id, approval: try bloc.approval(approved, of: member.id, root: member.authority))
    try bloc.refuses(.motion(bloc.motion([byAuthority])), by: "M01", .approvalForeign)
    let late = RosterChange.withdraw(
      member.id, approval: try bloc.approval(approved, of: member.id, root: member.root, life: -1))
    try bloc.refuses(.motion(bloc.motion([late])), by: "M01", .approvalExpired)
  }

  @Test("what a root key approved before it was replaced is void")
  func replacedRoot() throws {
    var bloc = try Bloc(5)
    let withdrawal = try bloc.act(.motion(bloc.motion([try bloc.withdrawal("M02")])), by: "M01")
    try bloc.carry(bloc.motion([try bloc.rotation("M02", .root, to: try bloc.newKey())]), by: "M01")
    for name in ["M03", "M04"] where bloc.outcome(withdrawal) == .open {
      try bloc.act(.ballot(MotionBallot(motion: withdrawal, isYes: true)), by: name)
    }
    #expect(bloc.outcome(withdrawal) == .void(bloc.now, .approvalForeign))
    try bloc.endBlock()
  }
}
