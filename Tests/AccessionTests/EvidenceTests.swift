import Accession
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

import struct Consensus.Evidence

@Suite("Evidence and reinstatement: A14 to A16")
struct EvidenceTests {
  @Test("evidence takes a member out of the validators at once, is recorded once, and leaves its policy votes")
  func recorded() throws {
    var bloc = try Bloc(5)
    let exposure = try bloc.exposure("M03", epoch: 0, view: 7)
    try bloc.act(.evidence(exposure), by: "M01")
    try bloc.refuses(.evidence(exposure), by: "M02", .evidenceKnown)
    #expect(try bloc.endBlock())
    #expect(bloc.validators == ["M01", "M02", "M04", "M05"])
    #expect(bloc.accession.fullMembers.count == 5 && bloc.electorates.isEmpty)
    #expect(bloc.accession.faults == [FaultKey(member: try Bloc.id("M03"), epoch: 0, view: 7)])
    try bloc.refuses(.evidence(exposure), by: "M02", .evidenceKnown)
    // Another view is another fault, and changes nothing more.
    try bloc.act(.evidence(try bloc.exposure("M03", epoch: 0, view: 8)), by: "M01")
    #expect(try !bloc.endBlock())
  }

  @Test("the exposed member is ready in vain until a ballot reinstates it, which settles what was before")
  func reinstated() throws {
    var bloc = try Bloc(5)
    try bloc.act(.evidence(try bloc.exposure("M03", epoch: 0, view: 7)), by: "M01")
    try bloc.endBlock()
    try bloc.ready("M03")
    #expect(try !bloc.endBlock())
    try bloc.carry(bloc.motion([.reinstate(try Bloc.id("M03"))]), by: "M01")
    #expect(try bloc.endBlock())
    #expect(bloc.validators.contains("M03") && bloc.accession.epoch == 2)
    // Evidence of the settled epochs is still recorded, and has no effect; that of the new one has.
    try bloc.act(.evidence(try bloc.exposure("M03", epoch: 0, view: 9)), by: "M01")
    #expect(try !bloc.endBlock())
    try bloc.act(.evidence(try bloc.exposure("M03", epoch: 2, view: 30)), by: "M01")
    #expect(try bloc.endBlock())
    #expect(!bloc.validators.contains("M03"))
  }

  @Test("evidence is judged by the keys of its own epoch, at any later time")
  func oldEpoch() throws {
    var bloc = try Bloc(5)
    let old = try #require(bloc.accession.roster[try Bloc.id("M03")]).node
    try bloc.carry(bloc.motion([try bloc.rotation("M03", .node, to: try bloc.newKey())]), by: "M01")
    try bloc.endBlock()
    for _ in 0..<40 { try bloc.endBlock() }
    // The old key in the new epoch, and the new key in the old one, prove nothing.
    let new = try #require(bloc.accession.roster[try Bloc.id("M03")]).node
    try bloc.refuses(.evidence(try bloc.exposure("M03", epoch: 1, view: 60, key: old)), by: "M01", .notItsValidator)
    try bloc.refuses(.evidence(try bloc.exposure("M03", epoch: 0, view: 6, key: new)), by: "M01", .notItsValidator)
    try bloc.refuses(.evidence(try bloc.exposure("M03", epoch: 2, view: 6, key: new)), by: "M01", .epochUnknown)
    try bloc.act(.evidence(try bloc.exposure("M03", epoch: 0, view: 6, key: old)), by: "M01")
    #expect(try bloc.endBlock())
    #expect(!bloc.validators.contains("M03"))
  }

  @Test("what an honest member signs is no evidence")
  func honest() throws {
    let bloc = try Bloc(4)
    let member = try #require(bloc.accession.roster[try Bloc.id("M02")])
    let context = EpochContext(
      network: Bloc.network, epoch: 0,
      root: BlockLink(digest: .zero, height: 0, view: 0, parent: .zero, parentView: 0), roster: bloc.accession.roster)
    let (block, other) = (Digest.sha256([1]), Digest.sha256([2]))
    // Nullify after one's own notarize; notarize and finalize of one block; votes of two views.
    let lawful: [(VoteSubject, VoteSubject)] = [
      (.notarize(block, in: 3, of: context), .nullify(3, of: context)),
      (.notarize(block, in: 3, of: context), .finalize(block, in: 3, of: context)),
      (.notarize(block, in: 3, of: context), .notarize(other, in: 4, of: context)),
      (.notarize(block, in: 3, of: context), .notarize(block, in: 3, of: context)),
    ]
    for (first, second) in lawful {
      let votes = try [first, second].map { subject in
        SignedVote(kind: subject.kind, statement: try bloc.sign(Vote(subject, by: member.id), member.node))
      }
      let exposure = Exposure(evidence: Evidence(first: votes[0], second: votes[1]), key: member.node)
      #expect(throws: AttestationError.self) {
        try AccessionAct.evidence(exposure).verifySignatures(network: Bloc.network, by: SystemVerifier())
      }
      var accession = bloc.accession
      #expect(throws: AccessionRefusal.evidenceEmpty) {
        try accession.apply(
          .evidence(exposure), by: try Bloc.id("M01"), identity: .zero, at: BlockPoint(height: 1, time: bloc.now))
      }
    }
  }

  @Test("votes of two members, or with a forged signature, are no evidence")
  func forged() throws {
    let bloc = try Bloc(4)
    let (first, second) = (
      try bloc.exposure("M02", epoch: 0, view: 3), try bloc.exposure("M03", epoch: 0, view: 3)
    )
    let mixed = Exposure(
      evidence: Evidence(first: first.evidence.first, second: second.evidence.second), key: first.key)
    let foreign = Exposure(evidence: first.evidence, key: second.key)
    for exposure in [mixed, foreign] {
      #expect(throws: AttestationError.self) {
        try AccessionAct.evidence(exposure).verifySignatures(network: Bloc.network, by: SystemVerifier())
      }
    }
  }

  @Test("evidence against everyone leaves those that sit: there is nobody else")
  func everyone() throws {
    var bloc = try Bloc(4)
    for (place, name) in bloc.validators.enumerated() {
      try bloc.act(.evidence(try bloc.exposure(name, epoch: 0, view: View(UInt64(place + 1)))), by: "M01")
      try bloc.endBlock()
    }
    // The last one is exposed as well, and goes on alone.
    #expect(bloc.validators == ["M04"])
    #expect(bloc.accession.isExposed(try Bloc.id("M04")))
    for name in ["M01", "M02", "M03"] {
      try bloc.carry(bloc.motion([.reinstate(try Bloc.id(name))]), by: name == "M01" ? "M02" : "M01")
      try bloc.ready(name)
      try bloc.endBlock()
    }
    #expect(bloc.validators == ["M01", "M02", "M03"])
  }

  @Test("a suspended member comes back by ballot, with votes for all, and when it is ready")
  func suspension() throws {
    var bloc = try Bloc(6)
    let everyone = bloc.accession.fullMembers
    try bloc.carry(bloc.motion([.suspend(try Bloc.id("M06"))]), by: "M01")
    try bloc.endBlock()
    let reinstatement = RosterChange.reinstate(try Bloc.id("M06"))
    try bloc.refuses(.motion(bloc.motion([reinstatement])), by: "M01", .votesMissing)
    try bloc.carry(bloc.motion([reinstatement], votes: try Bloc.votes(everyone)), by: "M01")
    #expect(try bloc.endBlock())
    #expect(bloc.validators.count == 5 && bloc.accession.fullMembers == everyone)
    try bloc.ready("M06")
    #expect(try bloc.endBlock())
    #expect(bloc.validators.count == 6)
  }
}
