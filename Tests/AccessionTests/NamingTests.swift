import Accession
import Consensus
import Cryptography
import Membership
import Testing
import Trade

/// What people and programs call roles, changes and where things stand.
@Suite("Names of accession")
struct NamingTests {
  @Test("a role is found by its name, and nothing by any other")
  func roles() {
    for role in KeyRole.allCases { #expect(KeyRole(name: role.name) == role) }
    #expect(KeyRole(name: "Root") == nil)
  }

  @Test("where a member or a motion stands has a name of its own")
  func standings() {
    #expect(MemberStatus.allCases.map(\.name) == ["SIGNATORY", "FULL", "SUSPENDED", "WITHDRAWN"])
    let instant = Instant(milliseconds: 1)
    let outcomes: [MotionOutcome] = [
      .open, .adopted(instant), .entered(instant), .lapsed(instant), .void(instant, .motionClosed),
    ]
    #expect(outcomes.map(\.name) == ["OPEN", "ADOPTED", "ENTERED", "LAPSED", "VOID"])
  }

  @Test("a change says whom it is about, what it does, and which keys it brings")
  func changes() throws {
    let bloc = try Bloc(5)
    let (newcomer, key) = (try bloc.newMember("NEW"), try bloc.newKey())
    let changes: [(RosterChange, String, String)] = [
      (try bloc.admission(newcomer), "ADMIT", "NEW (Member NEW) joins"),
      (.suspend(try Bloc.id("M01")), "SUSPEND", "M01 is suspended"),
      (.reinstate(try Bloc.id("M02")), "REINSTATE", "M02 is reinstated, and the evidence against it settled"),
      (try bloc.withdrawal("M03"), "WITHDRAW", "M03 withdraws"),
      (try bloc.rotation("M04", .authority, to: key), "ROTATE", "M04 has another authority key"),
      (try bloc.pins("M05", [.zero, Digest.sha256([1])]), "PINS", "M05 pins two certificates"),
      (try bloc.pins("M05", [.zero]), "PINS", "M05 pins one certificate"),
      (.rules(version: 2, height: 99), "RULES", "rules of version 2 from height 99 on"),
    ]
    for (change, name, sentence) in changes {
      #expect(change.name == name)
      #expect(change.sentence == sentence)
    }
    let admitted = changes[0].0.fingerprints
    #expect(admitted.count == 3)
    for role in KeyRole.allCases { #expect(admitted[role.name] == newcomer.key(role).fingerprint) }
    #expect(changes[4].0.fingerprints == ["authority": key.fingerprint])
    #expect(changes[1].0.fingerprints == [:])
  }

  @Test("what evidence is recorded by is ordered by member, epoch and view")
  func faults() throws {
    let (first, second) = (try Bloc.id("M01"), try Bloc.id("M02"))
    let keys = [
      FaultKey(member: first, epoch: 0, view: 9), FaultKey(member: first, epoch: 1, view: 2),
      FaultKey(member: first, epoch: 1, view: 3), FaultKey(member: second, epoch: 0, view: 1),
    ]
    #expect(keys.reversed().sorted() == keys)
  }
}
