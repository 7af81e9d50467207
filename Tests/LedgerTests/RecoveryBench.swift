import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Trade

/// Eight members, a chain of which some blocks are final, and three members that are lost.
struct RecoveryBench {
  static let names = ["AUS", "CAN", "EUN", "GBR", "JPN", "KOR", "MEX", "USA"]

  var network: TestNetwork
  let basis: RestartBasis

  init(blocks: Int = 5, names: [String] = names) throws {
    // Many members need short delays, so that the test network's windows are long enough for them.
    network = try TestNetwork(names: names) { content in
      guard names.count > 8 else { return }
      content.ledger = LedgerParameters(delta: 2, timeoutDoublings: 3, clockBound: 100)
      content.profiles = []
    }
    basis = RestartBasis(network.genesis.context)
    for number in 0..<blocks { try network.append([try network.memorandum("block \(number)")]) }
  }

  static let survivors = ["AUS", "CAN", "EUN", "GBR", "JPN"]

  func header(_ height: Int) -> BlockHeader { network.blocks[height - 1].header }

  /// A freeze file of a member that has blocks up to that height as final, and the notarisation of that other one.
  func freeze(
    _ name: String, final: Int?, notarised: Int?, hiding: Bool = false, closing: [ClosingBlock] = []
  ) throws -> FreezeFile {
    let member = try network.member(name)
    let finalisation = try final.map { try network.certificate(.finalize, on: header($0)).certificate }
    let notarisation = try notarised.map { try network.certificate(.notarize, on: header($0)).certificate }
    let freeze = Freeze(
      member: member, epoch: basis.epoch, opener: basis.opener, notarised: notarisation.flatMap(VotedBlock.init),
      finalised: finalisation.flatMap(VotedBlock.init), lastVoted: notarised.map { header($0).view })
    let statement = try TestNetwork.sign(freeze, try some(network.keys[member]?[.node]), basis.network)
    let last = notarised ?? final ?? 0
    let headers = last == 0 ? [] : ((final ?? 1)...last).map(header)
    return FreezeFile(
      basis: basis, statement: statement, notarisation: hiding ? nil : notarisation, finalisation: finalisation,
      headers: headers, closing: closing)
  }

  func verified(_ file: FreezeFile) throws -> VerifiedFreeze {
    try file.verified(on: basis, by: TestNetwork.verifier)
  }

  func validators(_ names: [String]) throws -> ValidatorSet {
    let chosen = basis.validators.members.filter { names.contains($0.id.text) }
    return try some(ValidatorSet(chosen))
  }

  func composed(
    _ freezes: [VerifiedFreeze], epoch: Epoch = 7, validators names: [String] = survivors
  ) throws -> RestartContent {
    try RestartContent(
      composing: freezes, on: basis, newEpoch: epoch, newValidators: try validators(names),
      reason: "three members were lost", instrument: Digest.sha256([1]), by: TestNetwork.verifier)
  }

  /// The usual case: five survivors, of which some have block 3 final and one the notarisation of block 5.
  func usual() throws -> [VerifiedFreeze] {
    let places: [(Int?, Int?)] = [(3, 4), (3, nil), (2, 3), (3, 5), (nil, 2)]
    return try zip(Self.survivors, places).map { name, place in
      try verified(try freeze(name, final: place.0, notarised: place.1))
    }
  }

  func approval(_ name: String, of content: RestartContent) throws -> SignedStatement {
    let member = try network.member(name)
    let approval = RestartApproval(member: member, of: content)
    return try TestNetwork.sign(approval, try some(network.keys[member]?[.root]), basis.network)
  }

  func document(_ content: RestartContent, approvers: [String] = Array(names.prefix(6))) throws -> RestartDocument {
    RestartDocument(content: content, approvals: try approvers.map { try approval($0, of: content) })
  }

  func verify(_ document: RestartDocument, against: [Certificate] = []) throws(RestartProblem) -> VerifiedRestart {
    try document.verified(on: basis, against: against, by: TestNetwork.verifier)
  }

  /// The same content with other fields, as a forger would write it.
  func forged(
    _ content: RestartContent, freezes: [SignedStatement]? = nil, path: RestartPath? = nil, epoch: Epoch? = nil,
    successor: ValidatorSet? = nil, validators: ValidatorSet? = nil
  ) -> RestartContent {
    let own = RestartPath(
      finalisation: content.finalisation, notarisation: content.notarisation, headers: content.headers,
      tail: content.tail)
    return RestartContent(
      basis: basis, newEpoch: epoch ?? content.newEpoch, newValidators: validators ?? content.newValidators,
      freezes: freezes ?? content.freezes, path: path ?? own, successor: successor ?? content.successor,
      reason: content.reason, instrument: content.instrument)
  }
}
