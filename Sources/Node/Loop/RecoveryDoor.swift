import API
import CBOR
import Cryptography
import Foundation
import Ledger
import Membership

/// The folder through which the operator freezes and restarts this node (`Protocol/recovery.md`). Looked at by the loop's thread alone.
struct RecoveryDoor: Sendable {
  let folder: RecoveryFolder
  let member: MemberID
  let network: NetworkID

  /// How often the loop looks, in milliseconds.
  static let pause: Int64 = 1_000

  init(data: String, member: MemberID, network: NetworkID) {
    (folder, self.member, self.network) = (RecoveryFolder(data: data), member, network)
  }

  var wantsFreeze: Bool { FileManager.default.fileExists(atPath: folder.freezeRequest) }

  /// The document that waits for this node's answer; nil if there is none. One that cannot be read is answered here.
  func unansweredRestart() -> RestartDocument? {
    guard FileManager.default.fileExists(atPath: folder.restart),
      !FileManager.default.fileExists(atPath: folder.restartAnswer)
    else { return nil }
    if let document = document() { return document }
    answer("RESTART_MALFORMED the file is no restart document")
    return nil
  }

  /// This node's transaction of the document that the operator gave it, once it has answered; nil where the document is not there or
  /// does not make this member a validator. Read at the start: the document may be under way still.
  func envelope(_ signer: NodeSigner) -> SignedTransaction? {
    guard FileManager.default.fileExists(atPath: folder.restartAnswer), let document = document() else { return nil }
    return envelope(of: document, signer)
  }

  func envelope(of document: RestartDocument, _ signer: NodeSigner) -> SignedTransaction? {
    guard let key = document.content.newValidators[member]?.node else { return nil }
    let content = Transaction(restart: document, signer: member)
    guard let statement = try? signer.sign(SigningRequest(content), by: key, network) else { return nil }
    return try? SignedTransaction(statement, as: .restart)
  }

  private func document() -> RestartDocument? {
    let bytes = FileManager.default.contents(atPath: folder.restart)
    guard let bytes, bytes.count <= SignedStatement.maximumPayload else { return nil }
    return try? RestartDocument(decoding: Array(bytes))
  }

  /// Hands out the freeze, and takes the request away: the operator sees that it was answered.
  func give(_ file: FreezeFile) throws {
    try Data(file.encoded).write(to: URL(filePath: folder.freeze), options: .atomic)
    try FileManager.default.removeItem(atPath: folder.freezeRequest)
  }

  func answer(_ text: String) {
    try? Data((text + "\n").utf8).write(to: URL(filePath: folder.restartAnswer), options: .atomic)
  }
}
