import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { randomBytes, webcrypto } from 'node:crypto';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** A certificate with its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface IdentityOptions {
  /** DNS names and IP addresses the certificate is for. */
  readonly names?: readonly string[];
  /** Default: from yesterday to tomorrow. */
  readonly notAfter?: Date;
}

/** A certificate authority that lives as long as a test. */
export class Authority {
  private constructor(
    private readonly keys: webcrypto.CryptoKeyPair,
    private readonly certificate: x509.X509Certificate,
  ) {}

  static async create(name = 'test authority'): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: `CN=${name}`,
      notBefore: yesterday(),
      notAfter: tomorrow(),
      keys,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(true, 1, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new Authority(keys, certificate);
  }

  /** Its own certificate, as PEM. */
  get cert(): string {
    return this.certificate.toString('pem');
  }

  async issue(subject: string, { names = [], notAfter = tomorrow() }: IdentityOptions = {}): Promise<Identity> {
    const keys = await newKeys();
    const alternatives = names.map((name): x509.JsonGeneralName => ({
      type: isAddress(name) ? 'ip' : 'dns',
      value: name,
    }));
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${subject}`,
      issuer: this.certificate.subject,
      notBefore: yesterday(),
      notAfter,
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Positive, as a serial number has to be. */
function serial(): string {
  return `01${randomBytes(8).toString('hex')}`;
}

function isAddress(name: string): boolean {
  return /^[\d.]+$|:/.test(name);
}

function yesterday(): Date {
  return new Date(Date.now() - DAY_MS);
}

function tomorrow(): Date {
  return new Date(Date.now() + DAY_MS);
}
