import API
import ArgumentParser
import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Foundation
import Ledger
import Membership

/// By what a restart document is judged: what one knows of the epoch that it leaves.
struct BasisOptions: ParsableArguments {
  @Option(name: .long, help: "The genesis document, while the network is in its first epoch.")
  var genesis: String?

  @Option(name: .customLong("freeze"), help: "The freeze file of a node that you trust, best your own.")
  var freezeFile: String?

  /// The epoch that a document leaves, by the genesis or by a trusted node's word.
  func basis(leaving document: RestartDocument) throws -> RestartBasis {
    if let freezeFile { return try RecoveryFiles.freeze(freezeFile).basis }
    guard let genesis else {
      throw Failure.usage("name --genesis FILE, or --freeze FILE with the freeze file of a node that you trust")
    }
    let basis = RestartBasis(try GenesisFile.verified(genesis).context)
    guard document.content.epoch == basis.epoch else {
      throw Failure.refused(
        "RESTART_OTHER_EPOCH",
        "the document leaves epoch \(document.content.epoch), of which the genesis says nothing: judge it by the freeze"
          + " file of a node that you trust (--freeze FILE)")
    }
    return basis
  }
}

/// Reading and waiting for the files of a recovery.
enum RecoveryFiles {
  /// A freeze file as it was read, with the freeze's content, whose signature is not looked at here.
  struct ReadFreeze {
    let file: FreezeFile
    let freeze: Freeze

    var basis: RestartBasis { file.basis }
    var member: MemberID { freeze.member }
  }

  static func freeze(_ path: String) throws -> ReadFreeze {
    let bytes = try Files.read(path, limit: 16 << 20)
    guard let file = try? FreezeFile(decoding: bytes), let freeze = try? Freeze(decoding: file.statement.payload) else {
      throw Failure.refused("FREEZE_MALFORMED", "\(path) is no freeze file")
    }
    return ReadFreeze(file: file, freeze: freeze)
  }

  static func document(_ path: String) throws -> RestartDocument {
    let bytes = try Files.read(path, limit: 16 << 20)
    do { return try RestartDocument(decoding: bytes) } catch {
      throw Failure.refused("RESTART_MALFORMED", "\(path) is no restart document (\(error))")
    }
  }

  static func approval(_ path: String) throws -> SignedStatement {
    let bytes = try Files.read(path, limit: 1 << 16)
    do { return try SignedStatement(decoding: bytes) } catch {
      throw Failure.refused("APPROVAL_MALFORMED", "\(path) is no approval (\(error))")
    }
  }

  /// A certificate of finality: alone, in a freeze file, or in a bundle.
  static func finalisation(_ path: String) throws -> Certificate {
    let bytes = try Files.read(path, limit: Bundle.mostBytes)
    if let certificate = try? Certificate(decoding: bytes) { return certificate }
    if let file = try? FreezeFile(decoding: bytes), let certificate = file.finalisation { return certificate }
    if let bundle = try? Bundle(decoding: bytes) { return bundle.finalisation }
    throw Failure.refused(
      "AGAINST_MALFORMED", "\(path) holds no certificate of finality: it is no certificate, freeze file or bundle")
  }

  /// Turns a problem of a document into a refusal.
  static func checked<Value>(_ body: () throws(RestartProblem) -> Value) throws -> Value {
    do { return try body() } catch { throw Failure.no(error.code, error.sentence) }
  }

  static func makeFolder(_ folder: RecoveryFolder, in data: String) throws {
    guard Files.exists(data) else {
      throw Failure.refused("NO_DATA", "\(data) does not exist; --data is the node's data folder")
    }
    do {
      try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    } catch {
      throw Failure.refused("FILE_UNWRITABLE", "\(folder.path) cannot be made: \(error.localizedDescription)")
    }
  }

  static func vanished(_ path: String, within seconds: Int) async throws -> Bool {
    try await eventually(within: seconds) { !Files.exists(path) }
  }

  static func appeared(_ path: String, within seconds: Int) async throws -> Bool {
    try await eventually(within: seconds) { Files.exists(path) }
  }

  private static func eventually(within seconds: Int, _ isSo: () -> Bool) async throws -> Bool {
    let limit = ContinuousClock.now + .seconds(seconds)
    while !isSo() {
      guard ContinuousClock.now < limit else { return false }
      try await Task.sleep(for: .milliseconds(100))
    }
    return true
  }
}

/// `pricefloor/restart/1`: a restart document in brief.
struct RestartReport: Encodable {
  let file: String
  let restart: String
  let network: String
  let leavesEpoch: UInt64
  let opensEpoch: UInt64
  let startHeight: UInt64
  let startBlock: String
  let frozen: [String]
  let neededFreezes: Int
  let approvedBy: [String]
  let neededApprovals: Int
  let validators: [String]
  let reason: String
  let instrument: String

  init(_ document: RestartDocument, _ basis: RestartBasis, _ verified: VerifiedRestart? = nil, file: String) {
    let content = document.content
    (self.file, restart, network) = (file, content.digest.hexadecimal, basis.network.description)
    (leavesEpoch, opensEpoch) = (content.epoch.number, content.newEpoch.number)
    (startHeight, startBlock) = (content.start.height.number, content.start.digest.hexadecimal)
    frozen = content.freezes.compactMap { try? Freeze(decoding: $0.payload) }.map(\.member.text)
    (neededFreezes, neededApprovals) = (basis.neededFreezes, basis.neededApprovals)
    approvedBy = verified?.approvers.map(\.text) ?? []
    validators = content.newValidators.members.map(\.id.text)
    (reason, instrument) = (content.reason, content.instrument.hexadecimal)
  }

  var lines: [String] {
    [
      "restart      \(Style.strong(restart))",
      "network      \(network)",
      "leaves       epoch \(leavesEpoch)",
      "opens        epoch \(opensEpoch) above block \(startHeight), \(startBlock)",
      "frozen       \(frozen.count), \(neededFreezes) needed: \(Show.list(frozen))",
      "approved by  \(approvedBy.count), \(neededApprovals) needed: \(Show.list(approvedBy, none: "nobody yet"))",
      "validators   \(Show.list(validators))",
      "reason       \(reason)",
      "instrument   \(instrument)",
    ]
  }
}
