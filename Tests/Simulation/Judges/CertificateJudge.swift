import CBOR
import struct Consensus.Certificate
import Consensus
import Cryptography
import Ledger
import Membership

/// Every signature that was made in the world, by whom.
struct SignatureRegister {
  private var makers: [[UInt8]: Int] = [:]

  mutating func made(_ signature: [UInt8], by place: Int) {
    if makers[signature] == nil { makers[signature] = place }
  }

  func maker(of signature: [UInt8]) -> Int? { makers[signature] }
}

/// A certificate has signatures of more than two thirds of the members, each made by the very member that it names over
/// exactly that subject.
struct CertificateJudge {
  private let members: [Member]
  private let network: NetworkID
  private var known: Set<Digest> = []

  init(_ network: SimulatedNetwork) { (members, self.network) = (network.members, network.genesis.network) }

  /// Takes a certificate that an honest member holds or passes on; answers what is wrong with it.
  mutating func seen(_ certificate: Certificate, _ register: SignatureRegister) -> String? {
    guard known.insert(Digest.sha256(certificate.encoded)).inserted else { return nil }
    var signers: Set<Int> = []
    for entry in certificate.signatures {
      let place = Int(entry.index)
      guard place < members.count else { return "it names a member \(place) that there is none of" }
      guard register.maker(of: entry.signature) == place else { return "member \(place) never made its signature" }
      guard entry.signature == signature(of: certificate, place) else { return "member \(place) signed something else" }
      signers.insert(place)
    }
    // More than two thirds, in whole numbers.
    guard 3 * signers.count > 2 * members.count else {
      return "\(signers.count) of \(members.count) members signed it"
    }
    return nil
  }

  private func signature(of certificate: Certificate, _ place: Int) -> [UInt8] {
    let subject = certificate.subject
    var writer = CBORWriter()
    writer.array(6)
    writer.unsigned(UInt64(subject.kind.rawValue))
    writer.unsigned(subject.epoch.number)
    writer.byteString(subject.opener.bytes)
    writer.unsigned(subject.view.number)
    if let block = subject.block { writer.byteString(block.bytes) } else { writer.null() }
    writer.text(members[place].id.text)
    let type: StatementType = [.notarize, .nullify, .finalize][Int(min(2, subject.kind.rawValue))]
    let message = SignedStatement.signedBytes(
      payload: writer.bytes, type: type, algorithm: members[place].node.algorithm, network: network)
    return KeyedDigest.signature(over: message, by: members[place].node)
  }
}
