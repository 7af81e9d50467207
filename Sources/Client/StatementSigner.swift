import Cryptography
import Ledger
import Membership
import Trade

/// Signs one member's statements for one network with its authority key.
package struct StatementSigner: Sendable {
  package let member: MemberID
  package let network: NetworkID
  private let key: PrivateKey

  package init(member: MemberID, network: NetworkID, key: PrivateKey) {
    (self.member, self.network, self.key) = (member, network, key)
  }

  /// Signs any statement.
  package func sign(_ statement: some Statement) throws(KeyError) -> SignedStatement {
    try SigningRequest(statement).signed(algorithm: key.publicKey.algorithm, network: network) {
      (bytes: [UInt8]) throws(KeyError) in try key.signature(over: bytes)
    }
  }

  /// Signs a transaction that may be included until an instant.
  package func sign(_ body: TransactionBody, notAfter: Instant) throws(KeyError) -> SignedStatement {
    try sign(Transaction(signer: member, notAfter: notAfter, body: body))
  }
}
