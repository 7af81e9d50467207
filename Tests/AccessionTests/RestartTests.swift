import Accession
import Consensus
import Cryptography
import Membership
import Testing

@Suite("Epochs that a restart opens")
struct RestartTests {
  @Test("a restart opens its epoch with its validators, is remembered, and comes back from the entries")
  func restart() throws {
    var accession = try Bloc(5).accession
    #expect(accession.lastRestart == nil)
    let four = try #require(ValidatorSet(Array(accession.validators.members.prefix(4))))
    let document = Digest.sha256([9])
    accession.restart(6, validators: four, after: 3, document: document)
    let touched = accession.takeChanges()
    #expect(touched.contains(.epoch(6)) && touched.contains(.restart(6)))
    #expect(accession.validators == four)
    #expect(accession.lastRestart?.epoch == 6)
    #expect(accession.lastRestart?.restart == document)
    #expect(accession.restartRecords.map(\.epoch) == [6])
    #expect(accession.restartRecords.first?.record == RestartRecord(document: document, start: 3))
    let entries = try accession.keys.map { (key: $0, value: try #require(accession.entry($0))) }
    #expect(try Accession(accession.terms, entries: entries) == accession)
  }

  @Test("who has no customs profile has none")
  func profiles() throws {
    let bloc = try Bloc(4)
    #expect(bloc.accession.profile(of: try Bloc.id("M01")) == nil)
  }
}
