import CBOR
import Membership

/// Why a session ended, or never came about.
package enum SessionEnd: Error, Hashable, Sendable {
  // Nobody's fault
  case shutDown
  case closedByPeer
  /// A newer session in the same direction took its place.
  case replaced
  /// The one that the member with the lower id dialled stays.
  case duplicate
  /// The roster no longer has the member, its key or its pin.
  case notPermitted
  // The network's
  case cannotConnect(String)
  case connectionLost(String)
  case handshakeTimeout
  /// The peer took nothing from a full socket for too long.
  case stalled
  // The peer's
  case tooManyHandshakes
  case handshakeFailed(String)
  /// No common application protocol.
  case wrongProtocol
  /// None of the verified chain's keys is a pin of the member.
  case wrongPin(MemberID)
  case hello(HelloFault)
  case frameTooLarge(Int)
  case emptyFrame
  // This machine's
  case cannotSign(String)

  /// The reason's name in logs and metrics.
  package var code: String {
    switch self {
    case .shutDown: "SHUT_DOWN"
    case .closedByPeer: "CLOSED_BY_PEER"
    case .replaced: "REPLACED"
    case .duplicate: "DUPLICATE"
    case .notPermitted: "NOT_PERMITTED"
    case .cannotConnect: "CANNOT_CONNECT"
    case .connectionLost: "CONNECTION_LOST"
    case .handshakeTimeout: "HANDSHAKE_TIMEOUT"
    case .stalled: "STALLED"
    case .tooManyHandshakes: "TOO_MANY_HANDSHAKES"
    case .handshakeFailed: "HANDSHAKE_FAILED"
    case .wrongProtocol: "WRONG_PROTOCOL"
    case .wrongPin: "WRONG_PIN"
    case .hello(let fault): fault.code
    case .frameTooLarge: "FRAME_TOO_LARGE"
    case .emptyFrame: "EMPTY_FRAME"
    case .cannotSign: "CANNOT_SIGN"
    }
  }

  /// A sentence for the operator.
  package var sentence: String {
    switch self {
    case .shutDown: "this node is stopping"
    case .closedByPeer: "the other side closed the session"
    case .replaced: "a newer session took its place"
    case .duplicate: "another session of the same two members stays"
    case .notPermitted: "the roster no longer permits the session"
    case .cannotConnect(let reason): "no connection: \(reason)"
    case .connectionLost(let reason): "the connection was lost: \(reason)"
    case .handshakeTimeout: "the other side did not prove who it is in time"
    case .stalled: "the other side takes no more data"
    case .tooManyHandshakes: "it did not prove who it is, and its place was needed for a newer connection"
    case .handshakeFailed(let reason): "the TLS handshake failed: \(reason)"
    case .wrongProtocol: "the other side does not speak \(TransportProtocol.name)"
    case .wrongPin(let member): "no certificate of the other side is pinned for \(member) in the roster"
    case .hello(let fault): fault.sentence
    case .frameTooLarge(let size): "the other side announced a frame of \(size) bytes"
    case .emptyFrame: "the other side sent an empty frame"
    case .cannotSign(let reason): "the node key did not sign: \(reason)"
    }
  }
}

/// What was wrong with a `hello`.
package enum HelloFault: Error, Hashable, Sendable {
  case tooLarge
  case malformed(CBORError)
  case attestation(AttestationError)
  case wrongVersion(UInt64)
  /// Our own member or TLS role came back.
  case reflected
  /// It was made for another member.
  case wrongRecipient(MemberID)
  /// Another member answered than was dialled.
  case wrongMember(MemberID)
  /// It was made on another TLS session.
  case wrongBinding

  package var code: String {
    switch self {
    case .tooLarge: "HELLO_TOO_LARGE"
    case .malformed: "HELLO_MALFORMED"
    case .attestation: "HELLO_NOT_ATTESTED"
    case .wrongVersion: "HELLO_WRONG_VERSION"
    case .reflected: "HELLO_REFLECTED"
    case .wrongRecipient: "HELLO_WRONG_RECIPIENT"
    case .wrongMember: "HELLO_WRONG_MEMBER"
    case .wrongBinding: "HELLO_WRONG_BINDING"
    }
  }

  package var sentence: String {
    switch self {
    case .tooLarge: "the greeting is larger than allowed before it is verified"
    case .malformed(let error): "the greeting is malformed (\(error))"
    case .attestation(let error): "the greeting is not signed by a member's node key (\(error))"
    case .wrongVersion(let version): "the other side speaks protocol version \(version)"
    case .reflected: "the greeting names this node's own member or role"
    case .wrongRecipient(let member): "the greeting is meant for \(member)"
    case .wrongMember(let member): "another member answered: \(member)"
    case .wrongBinding: "the greeting was made for another TLS session"
    }
  }
}

/// Why the transport did not start.
package enum TransportError: Error, Hashable, Sendable {
  case portInUse(PeerAddress)
  case cannotListen(PeerAddress, reason: String)
  /// The certificate, its key or the trust anchors cannot be used.
  case identity(String)
  /// None of the node's own certificates is pinned for it in the roster, so that nobody would let it in.
  case notPinned(MemberID)
  case alreadyStarted

  package var code: String {
    switch self {
    case .portInUse: "PORT_IN_USE"
    case .cannotListen: "CANNOT_LISTEN"
    case .identity: "TLS_IDENTITY"
    case .notPinned: "NOT_PINNED"
    case .alreadyStarted: "ALREADY_STARTED"
    }
  }

  /// A sentence for the operator that says what to do.
  package var sentence: String {
    switch self {
    case .portInUse(let address): "\(address) is in use; stop what listens there or choose another port"
    case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
    case .identity(let reason): "the TLS identity cannot be used: \(reason)"
    case .notPinned(let member):
      "none of the certificates in the chain is pinned for \(member) in the roster; use the chain that was registered"
    case .alreadyStarted: "the transport was started before"
    }
  }
}
