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

/// A certificate has signatures of more than two thirds of its epoch's validators, each made by the very member that it
/// names over exactly that subject.
struct CertificateJudge {
  private let network: NetworkID
  private var known: Set<Digest> = []

  init(_ network: SimulatedNetwork) { self.network = network.genesis.network }

  /// Takes a certificate that an honest member holds or passes on; answers what is wrong with it.
  mutating func seen(_ certificate: Certificate, _ register: SignatureRegister, _ epochs: EpochJudge) -> String? {
    guard known.insert(Digest.sha256(certificate.encoded)).inserted else { return nil }
    guard let validators = epochs.validators(of: certificate.subject.epoch, certificate.subject.opener) else {
      return "it is of an epoch that nobody is in"
    }
    var signers: Set<Int> = []
    for entry in certificate.signatures {
      guard Int(entry.index) < validators.count else {
        return "it names a validator \(entry.index) that there is none of"
      }
      let validator = validators[Int(entry.index)]
      guard register.maker(of: entry.signature) == validator.place else {
        return "member \(validator.place) never made its signature"
      }
      guard entry.signature == signature(of: certificate, validator) else {
        return "member \(validator.place) signed something else"
      }
      signers.insert(validator.place)
    }
    // More than two thirds, in whole numbers.
    guard 3 * signers.count > 2 * validators.count else {
      return "\(signers.count) of \(validators.count) members signed it"
    }
    return nil
  }

  private func signature(of certificate: Certificate, _ validator: EpochJudge.Voter) -> [UInt8] {
    let subject = certificate.subject
    var writer = CBORWriter()
    writer.array(6)
    writer.unsigned(UInt64(subject.kind.rawValue))
    writer.unsigned(subject.epoch.number)
    writer.byteString(subject.opener.bytes)
    writer.unsigned(subject.view.number)
    if let block = subject.block { writer.byteString(block.bytes) } else { writer.null() }
    writer.text(validator.name)
    let type: StatementType = [.notarize, .nullify, .finalize][Int(min(2, subject.kind.rawValue))]
    let message = SignedStatement.signedBytes(
      payload: writer.bytes, type: type, algorithm: validator.key.algorithm, network: network)
    return KeyedDigest.signature(over: message, by: validator.key)
  }
}
