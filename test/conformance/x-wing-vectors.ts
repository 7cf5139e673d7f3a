/**
 * The three vectors of dconnolly/draft-connolly-cfrg-xwing-kem, spec/test-vectors.json at 9b6ce9e (2026-03-02): seed,
 * public key (its SHA-256 here), what was encapsulated (base64), and the shared secret.
 */
export const X_WING = [
  {
    seed: '7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26',
    publicKeySha256: '2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb',
    sharedSecret: 'd2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384',
    ciphertext:
      'uDqoKNTWK5qDzv/h09O7HvMSZGQ8BwxXmJJ+QfsHkUonP4+W54Js1TdaKD19qIUwTF3gUWoPBlQkPcW5f4v+uDH2glEhmqvdcjvGUSBBrLrvivRCZVJJQrkC5o/9IyIc' +
      '2nCxtV13apLRFD6joMR19j7miQFXxxFtrj9iv3L2Cs0ruMwxziug3jZPUrjtOMedcZcVljpd04QtjotDq3BOR1m1MnvwJ8Y8j6hXxJCNWop7iKx/K+OU2Tw3Bt3U5pjM' +
      'bONwEB9NAhMlQji0ouiCG25BShzyD2wSRLaZBG9aAcqgoaVVFjALQNIEjHfMc6+6ea/uqdLAEYvfKtuIcNwyjFUWzEWxogWBQQOeLJChEKnhazGN+1O9SaEm1rc/IVeH' +
      'UXuJF8wByr0QfQaFmFTui0+YYcIm03ZMhzOasWw2Z9L0k4TlVFbdQEFLcKavhBWF9MkMaHJdV3BO6O585uL5vlgtvumF4Dj/w0br+04iFYtshDdKmrSkTh+R3lqsUZf4' +
      'm8XlRC9R+aWTexAro76uv24cWDgKSl/tzkpOUCb4j1KPWf/S20F1Kzo9kO+r5GOJm31AhwxTDIhB6HErczZo7QM62/r7LUnTekTUBk5YY+sK8KCNR7PMiINzvAX3ozuE' +
      'G8JYfFfraVVOijdnt1BpF7a3BJhyfxbqwaNuyNjPr3UVSfInfbJ36KVamlEGsjoCBrRyH6mzBIVSxb1bWU1uJH84wYxZGup/ViSccs57EXr8w6hiFYL5z3F4fhg97gk2' +
      'eXbphAmtkhekl9+IgEI4TXcHprePX3+4QJ47U1F1NzRht3YALXmcutYoYL5wVz7L4Tskbg2n6TpSFo4Ptql1a4le9/AUeg3IG/pkSwiKkigWDA+azxN5opQc0owG68gO' +
      'ROF6ovgXcBCv14qXzgho0WKeuylMUVGBLFg9rriGhSIPTakRgRLgcEH8wk1VZKmf294ohp/gciOH16mk0W4cyFVZF+CZRKpeuqrsLPYmk6+tQqP1GPzmfSc8xsn7VHKz' +
      'gOhXPsfeBqO6L9X5MdcltJMCbLCsvT/mLQDkx5DZZdegOjwLQiK6jCqaFuKsZY9XKuDnRur8T+ugI1dvCJQieKBB+4KnClldW6y/KXziApiYpx5cOw0cYii0hbGt5Qmz' +
      'X7yn7Kl7ITLny2vEZTdRRrfc6slpMIrAwqyJ54Y+uJQwFbJDFMr7nHwOhf5UPVZljCE2Mlme+r/B7EndjIhUe7LMQMnTjL0wmbRUeEBWBTHQGIzR6cI6Dr7goD1Vd9Zr' +
      'HSvLS6ryHMf+8eA4BsqWKZ3w37xW4bK0Pk/CDDf4NMSvYhJ+fa6Gw8JaL2lqyLWJ3scdWVv76Ute1LwH2ACzMHlv2ontt3vgKUE2E5NU64zTdZFXj5xgDdm+jsYhn91Q' +
      'et8zl+1NaHB7jROyTOTNj7IoUb/p1jJAfzHtb3yxYA3lbxdXZ0DOKjL8UUUDAUXPuX5j4OQdNUJ0oHnT5vsuFQ==',
  },
  {
    seed: 'badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea',
    publicKeySha256: 'c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916',
    sharedSecret: 'f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150',
    ciphertext:
      'yTvrIjJnBWmbvD0dCqYzm+ekBd6+YafDN+GpFFPAl6b3fBMGOdGq6xkxdfGph6of14mmPJzUh+vWll9dg4nI18jPrLuktE0vvgroTenpb7ESFdm3as1RiHt1IynBo+BG' +
      'jMxJOSweDxqtYac8EIMeYKl5jLLn7AdZa1gD2z4kPsu5QWb+reDJGXN4cA+OtlpDUCu6xGBZkuLeK5BqswukAdfh/zyY9Cz8SzC5dNMxbzMUYawF9D4Nt7QdPacCpPVn' +
      'tu5ylRmce+kva0pH5zB9NCeOA8hy+0hkfERqZKOTfczXxtjeTTS53qRaCwZe8VuelNG2323KcXTZvJ0UxiJeOnilh4XD/k4v5qBwbzNlOJ5CWPu2Hs8aGVdxWYKz8YRE' +
      'JOA6zYPafu5QVz9s0/85aEHpoArWedqSJ0Ep2id4M9BSRnT+6gmpjSW4iGFvM4QS2OZeFR5lc2yMb7RIySYPog57JxIUi806CFOGX1DB/J5PIBruN1cSDgNP1QnZVLen' +
      'Sf93ZWE4LEy2TOvLtqqC0EzVwrQDleyvIxvegzTs/ZVdCe+oxueTWxywKY+4tnQL5FkzYO7V8SnVnZiCKmzqN8V2dOkZ6E1rkPaV/KWOfSkJK9cPfJfG37AhufhyFqYn' +
      'HYsUSjZNA7a/CE+XLcWYALFKLACLvQmStbgoAQIJePK93bPKM2fYds/7NUjatpWimILK4utbp8hHw8cb0BUPqcM6rI5iQODCabjild23t36cF70xC+ZeKMCAITbQhnd7' +
      '5WUtbxrIedMmPpxxLRr3NurASP6Eild9avrqFCjccduMQw7de1hK5uaur3JXr/D9j+JcMIQOMMz6HZURjvD2ZXNn6QcPPZei6ae64ZlXvXB7AOMbaw67nX30vSLkTAYI' +
      'MKGUtbgog1MlW1KVT/WQWrKxJtmqBJ5EWZNown1ssDPq5RgsLhUE7k43RfUUiJl7j5WPAgkGT29Ep+TeUibVWU0a2bQqxZotEAovGQ34c6LhQVUvM8kjtMkn6HR8b4MM' +
      'RBqL08Wzcfazq4ED68+xhUOu/Bvrb3drv9U0R3n0qiParzlfaewx3ARrSR8OXMnGUd/DBr2PIQW+e8ek9OIZV/hyeMdxUoqHQKkuLa76dqNSXx+uF+xDYqJwCYgAHYYA' +
      'EdbKOpX3mgIFvPY0zvNzqOonP/D0JQ64YX0PuSECpqoJzww+4srRrZZDjI5N/W7g/MhYM8MQPdbBYAzTBbwt9M2om1XKI3o/nD+COQB0/zCCX8dQEw668T0M91VtLFKp' +
      'ikutOcpdRKqt6u93XGleZNBulmrPzVUqFOLfbGOuVB8PqI/EgmMIloVwRQaiGgOFbOZdTwbVTzFX7qvWJJHLSse/Ap55+fvUx34qNYh5DHEOYR2osgQMdqYVB6gCB1jc' +
      'wwiUrQGP75jkAcxUEG4g2UvVRKjw4f0FADQtEj9hiqjJG99uDgMgBpPJZR5Gmu5vkcmL6kEnrmYxL0rj6hVbZw==',
  },
  {
    seed: 'ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9',
    publicKeySha256: '6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95',
    sharedSecret: '953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f',
    ciphertext:
      'DS44y/F6Li5ODIepTKHncBrhVS4CUJs7APnILDnj/UNbBbkSdfR6vJ8QIUKaJqNGWYzWzZ79yK3B28NQNtApC/iXM8g1MJICIy+b9lLqgvPUkoDW6KO9MTX7iDRFq1sH' +
      'TZScU1DHx9asWZBb2/zmY52oqdSzkOzB3QVSLSlW8tN6BVk5luXLP9jVqetSQXcy4ev1RViHE7R2AicRWqt62heNrbylg7Js/tuiiIoMlblQvwf3UNeqgQN5iqNHCgQs' +
      'AQXGoDfeL568OWAhsrosFqumlvusNFTcjgU7j6Ve3UUhXutXoeq5EG+0JrN1qbnlw0Ge/HYQl35yZA+f0bLsM33jPDXlp1gbKq5NjuhtLg6/gqE1BxTeUNLXiGh4eKGW' +
      'RK5OMXXo1Z3JAXGzut7/Za6vYA5eVIOjWV/etAy6/L0EDCmi9pAFM66ZnST1TfzvdIwwMTykR83d+leteOqokOkPP3v40RaWilcTzHX9BAjzY2T6JlxWFwOTBOrqxMvu' +
      'b8Sbn+InZ2jNvsLXOlB7VDzAKNwbFUt8KwQSJUxGapSo1uo6R+F0NGm9RcCPVM+WWIS+NpbpYXQe3hbjsbxP65P6rvMdkR3Ayz+pC82pkZWanSy8gXpVZMXAEXelnpV3' +
      'WJ6jRNYM9bCqOfMYY/69VGA8qHrSNjx2ZkKj9SVXvNnkwFqHZlhCujNrgxVqZ3Aw8LrVMag4ehSGpZnKp0j86nvcHrY/PNuXFzVRq3wcNraay72y/3oee8cEOWMt3Ge5' +
      'fz2h9Zs8FYhRWVfLii+Gq2Nc4KeLfN8k6sNEXo/It5ugTanpA/SafZEsGXqEtM+rx3m5fSR4hBm89YA125lxftuf0cHfjEAF9wDqu6Uo3fy67abdMHVPeVlIo0yTGatl' +
      'NSSxmTHHkAxBZ5iK9SKS/pAudGtSTSDO/7Qzno9VNfQc818Pjqi0p7lJxdI4ERaxRum5E6g6P6HGX/lGjINf5BFFVKbGaoDhyaa7Bks4C+PJXlWV7Jeb8chaqTiTjj8Q' +
      '5ysMh4EZaeirDYPeCwYExAFqw6AV4ZUUCJJxvcbr8uxW+rYBjkTedJtMNswjXjcNqEZtvcJTVCotcE6zMW/XDV0jjLfqrwWWbZc/YsfvQ7moBvTtITrICZ6hXWGpAkRB' +
      'YIg/a/RBo+FGmUXJt5SJ6hg5Dx68g8rKEL248kKYd7Ur1EyUoijvkcOS71OYxcg5gnATGMztq5L3onnE/d66p/5emGxIt9gTWz/kzRW+IATOc/+GseVfjs1rpbgRQxX4' +
      '5xbvOrCmRWSkZEZRFm69aLH3g+LkQ9vMrf4Yk2hkdinxoSIVhAt/HQJt4vZlwusCP/UabfFgkSgR7gNESuQif7lB3J7E8xtEUAb9OE3l5g4KUGG1DLEgL4YwkPwF64FO' +
      'LUKgNYbAtW9TOEese4GEzpaQvI3s4yqIypNPVB1MxSD6ZN5rbhw8jgPbWXGkRZkiJ8glWQaI0gNSP1JxYRNzNA==',
  },
] as const;
