// Package aws answers the Systems Manager API, as far as it is about patch compliance: POST / with X-Amz-Target: AmazonSSM.OPERATION, JSON 1.1,
// and the requests and answers of service/ssm of the AWS SDK.
//
// A request goes through the door (its signature is checked by the SDK's own signer), its operation is found in one table, its body becomes
// the SDK's input and is held to the bounds of AWS's model, and the one function that has the operation answers it from the index (package
// query). What goes wrong is one of AWS's errors. Each function is in a file of its own; none sees a request or knows JSON.
//
// Nobody gets in with an unsigned body, a signature of another time or another service, or a key that was revoked. A key that only reads is
// refused every operation that writes, before it is called. One that is limited to patch groups sees their hosts alone: every function gets
// the caller, and gives its groups to the index. The package classifies nothing, runs nothing on hosts, and listens nowhere.
package aws
