import API
import HTTPTypes
import Ledger
import Membership
import Storage

/// An answer that is no success: its status and its body. The cases are those of `Protocol/api.md`.
package struct APIRefusal: Error, Hashable, Sendable {
  package let status: Int
  package let failure: APIFailure

  package init(_ status: Int, _ code: String, _ sentence: String) {
    self.status = status
    failure = APIFailure(code: code, sentence: sentence)
  }

  static func notFound(_ sentence: String) -> APIRefusal { APIRefusal(404, "NOT_FOUND", sentence) }

  static let noRoute = APIRefusal(
    404, "NO_ROUTE", "there is nothing at this path; the routes are listed in Protocol/api.md")

  static let foreignHost = APIRefusal(
    403, "FOREIGN_HOST", "the API answers requests to 127.0.0.1, localhost and [::1] only")

  static let methodNotAllowed = APIRefusal(
    405, "METHOD_NOT_ALLOWED", "this path is read with GET or written with POST, not both")

  static let tooLarge = APIRefusal(
    413, "TOO_LARGE", "the request's body is larger than \(APILimits.requestBytes) bytes")

  static let notReady = APIRefusal(503, "NOT_READY", "the node is stopping or has not started yet; try again")

  static let noDesk = APIRefusal(503, "NO_DESK", "this node has no price desk: its configuration says desk.policy off")

  static let waitExceeded = APIRefusal(
    503, "WAIT_EXCEEDED",
    "the transaction was accepted and is not committed yet; submit the same bytes again to go on waiting")

  static func parameter(_ name: String, _ wanted: String) -> APIRefusal {
    APIRefusal(400, "BAD_PARAMETER", "\(name) must be \(wanted)")
  }

  init(_ error: AttestationError) {
    let status =
      switch error {
      case .malformed: 400
      case .stranger, .wrongAlgorithm, .badSignature, .wrongType: 403
      }
    self.init(status, error.code, error.sentence)
  }

  init(_ error: StorageError) { self.init(500, "INTERNAL", error.sentence) }
}
