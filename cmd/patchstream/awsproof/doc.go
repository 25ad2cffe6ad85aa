// Package awsproof holds AWS's own API to clients that others have made: Debian's aws command and boto3 ask the program as users start it, with
// users and keys. Each file of testdata but proof.py is a theme, with a server and a fleet of its own; proof.py is what they share. There
// every answer, whoever asked for it, is held to the model of the service that botocore carries, as it came over the wire. The blocks of docs/aws.md are run
// as they stand, with a second server in the place of AWS to move over from. "make aws" runs it.
package awsproof
