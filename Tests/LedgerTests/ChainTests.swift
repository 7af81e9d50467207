import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

@Suite("Chain")
struct ChainTests {
  @Test("a docket runs its life in blocks and leaves a floor table")
  func docket() throws {
    var network = try TestNetwork()
    try network.runDocket()
    let outcomes = network.executions.flatMap(\.outcomes)
    #expect(
      outcomes.allSatisfy { $0.result.isAccepted }, "\(outcomes.filter { !$0.result.isAccepted }.map(\.result.code))")
    let rows = network.state.negotiation.currentRows
    #expect(rows.map(\.item.text) == ["lithium/carbonate@1"])
    #expect(network.state.negotiation.currentTable?.version == 1)
  }
}
