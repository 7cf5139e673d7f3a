"""What a program does that was written with hvac; prints one JSON object of what it saw, and fails at the first surprise."""
import base64
import json
import os
import subprocess
import sys
import tempfile

import hvac
from hvac import exceptions

URL, ROLE_ID, SECRET_ID, OWNER_PASSWORD = (os.environ[name] for name in ("VAULT_ADDR", "ROLE_ID", "SECRET_ID", "OWNER_PASSWORD"))


def b64(text):
    return base64.b64encode(text).decode()


def refused(kind, work):
    """The exception that a client's code would catch, and its text."""
    try:
        work()
    except exceptions.VaultError as error:
        assert type(error) is kind, (type(error), error)
        return str(error)
    raise AssertionError("it was not refused")


def wrapped(secret):
    """A key as OpenSSL's command line wraps it for import: under a key of its own, and that under the wrapping key."""
    pem = client.read("transit/wrapping_key")["data"]["public_key"]
    with tempfile.TemporaryDirectory() as directory:
        path = lambda name: os.path.join(directory, name)
        ephemeral = os.urandom(32)
        for name, content in (("wrapping.pem", pem.encode()), ("ephemeral", ephemeral), ("secret", secret)):
            with open(path(name), "wb") as file:
                file.write(content)
        run = lambda *arguments: subprocess.run(("openssl",) + arguments, check=True, capture_output=True).stdout
        oaep = ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256")
        outer = run("pkeyutl", "-encrypt", "-pubin", "-inkey", path("wrapping.pem"), "-in", path("ephemeral"), *oaep)
        inner = run("enc", "-id-aes256-wrap-pad", "-iv", "A65959A6", "-K", ephemeral.hex(), "-in", path("secret"))
    assert len(outer) == 512
    return b64(outer + inner)


client = hvac.Client(url=URL, strict_http=True)
client.auth.approle.login(role_id=ROLE_ID, secret_id=SECRET_ID)
assert client.is_authenticated()
transit = client.secrets.transit
seen = {}

person = hvac.Client(url=URL)
person.auth.userpass.login("owner", OWNER_PASSWORD)
assert person.is_authenticated()

# Keys.
for name, kind in (("tea", "aes256-gcm96"), ("chacha", "chacha20-poly1305"), ("ed", "ed25519"), ("ec", "ecdsa-p256"), ("rsa", "rsa-2048")):
    transit.create_key(name=name, key_type=kind)
seen["types"] = {name: transit.read_key(name=name)["data"]["type"] for name in ("tea", "chacha", "ed", "ec", "rsa")}
seen["keys"] = transit.list_keys()["data"]["keys"]
transit.create_key(name="convergent", derived=True, convergent_encryption=True)

# Encryption.
one = transit.encrypt_data(name="tea", plaintext=b64(b"one pound of tea"))["data"]["ciphertext"]
transit.rotate_key(name="tea")
two = transit.rewrap_data(name="tea", ciphertext=one)["data"]["ciphertext"]
seen["versions"] = [text.split(":")[1] for text in (one, two)]
seen["plaintexts"] = [base64.b64decode(transit.decrypt_data(name="tea", ciphertext=text)["data"]["plaintext"]).decode() for text in (one, two)]
batch = transit.encrypt_data(name="chacha", plaintext="", batch_input=[{"plaintext": b64(b"a")}, {"plaintext": b64(b"b")}])["data"]["batch_results"]
seen["batch"] = [base64.b64decode(item["plaintext"]).decode() for item in transit.decrypt_data(name="chacha", ciphertext="", batch_input=[{"ciphertext": item["ciphertext"]} for item in batch])["data"]["batch_results"]]
same = [transit.encrypt_data(name="convergent", plaintext=b64(b"x"), context=b64(b"tenant-a"))["data"]["ciphertext"] for _ in range(2)]
seen["convergent"] = same[0] == same[1]
seen["rsa"] = base64.b64decode(transit.decrypt_data(name="rsa", ciphertext=transit.encrypt_data(name="rsa", plaintext=b64(b"x"))["data"]["ciphertext"])["data"]["plaintext"]).decode()

# Signatures, codes and the rest.
message = b64(b"the bearer may pass")
seen["valid"] = {}
for name in ("ed", "ec", "rsa"):
    signature = transit.sign_data(name=name, hash_input=message)["data"]["signature"]
    right = transit.verify_signed_data(name=name, hash_input=message, signature=signature)["data"]["valid"]
    wrong = transit.verify_signed_data(name=name, hash_input=b64(b"no"), signature=signature)["data"]["valid"]
    seen["valid"][name] = [right, wrong]
code = transit.generate_hmac(name="tea", hash_input=message, algorithm="sha2-512")["data"]["hmac"]
seen["hmac"] = transit.verify_signed_data(name="tea", hash_input=message, hash_algorithm="sha2-512", hmac=code)["data"]["valid"]
data_key = transit.generate_data_key(name="tea", key_type="plaintext", bits=512)["data"]
seen["data_key"] = [len(base64.b64decode(data_key["plaintext"])), transit.decrypt_data(name="tea", ciphertext=data_key["ciphertext"])["data"]["plaintext"] == data_key["plaintext"]]
seen["random"] = len(transit.generate_random_bytes(n_bytes=24, output_format="hex")["data"]["random_bytes"])
seen["hash"] = transit.hash_data(hash_input=b64(b"abc"), algorithm="sha2-256", output_format="hex")["data"]["sum"]
seen["public"] = sorted(client.read("transit/export/public-key/ed")["data"]["keys"])

# Settings.
transit.update_key_configuration(name="tea", min_decryption_version=2)
seen["min"] = transit.read_key(name="tea")["data"]["min_decryption_version"]

# A key made elsewhere, wrapped by OpenSSL, opens what was encrypted elsewhere.
client.write("transit/keys/imported/import", type="aes256-gcm96", ciphertext=wrapped(bytes(range(32))))
known = "vault:v1:AAECAwQFBgcICQoLL2e6d6rFs27sL+Pk34ANAC4I0CjIklpWbVcfBJcF3jQ="
seen["imported"] = base64.b64decode(transit.decrypt_data(name="imported", ciphertext=known)["data"]["plaintext"]).decode()
pkcs8 = subprocess.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER | openssl pkcs8 -topk8 -nocrypt -inform DER -outform DER", shell=True, check=True, capture_output=True).stdout
client.write("transit/keys/imported-ec/import", type="ecdsa-p256", ciphertext=wrapped(pkcs8))
signature = transit.sign_data(name="imported-ec", hash_input=message)["data"]["signature"]
seen["imported_ec"] = transit.verify_signed_data(name="imported-ec", hash_input=message, signature=signature)["data"]["valid"]

# Refusals, as exceptions.
seen["refused"] = {
    "unknown": refused(exceptions.InvalidPath, lambda: transit.read_key(name="nothing")),
    "undecryptable": refused(exceptions.InvalidRequest, lambda: transit.decrypt_data(name="tea", ciphertext=one)),
    "unknown_type": refused(exceptions.InvalidRequest, lambda: client.write("transit/keys/odd", type="rot13")),
    "no_token": refused(exceptions.Forbidden, lambda: hvac.Client(url=URL, token="qvt_nobody").secrets.transit.read_key(name="tea")),
    "namespace": refused(exceptions.InvalidPath, lambda: hvac.Client(url=URL, token=client.token, namespace="elsewhere").secrets.transit.read_key(name="tea")),
    "verb_list": refused(exceptions.InvalidRequest, lambda: hvac.Client(url=URL, token=client.token).secrets.transit.list_keys()),
}
seen["health"] = client.sys.read_health_status().status_code
seen["seal"] = client.sys.is_sealed()
client.auth.token.revoke_self()
refused(exceptions.Forbidden, lambda: transit.read_key(name="tea"))
json.dump(seen, sys.stdout)
