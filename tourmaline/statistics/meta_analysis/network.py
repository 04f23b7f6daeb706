"""The star network: treatments that were each compared with one common comparator, and so with each other indirectly."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from tourmaline.statistics.meta_analysis.checks import normal_quantile, studies
from tourmaline.statistics.meta_analysis.pooling import fixed_effect

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_REACH = 9.0  # standard errors beyond which a normal density is nothing


@dataclass(frozen=True, eq=False)
class Star:
    """Treatments on a star network; the comparator is the last of them.

    Attributes
    ----------
    names : tuple of str
        The n treatments, the comparator last.
    effects : ndarray, shape (n,)
        Effect of each against the comparator (log hazard ratios); 0 for the comparator.
    standard_errors : ndarray, shape (n,)
        Their standard errors; 0 for the comparator.
    studies : ndarray of int, shape (n,)
        Number of studies of each; 0 for the comparator.
    """

    names: tuple[str, ...]
    effects: np.ndarray
    standard_errors: np.ndarray
    studies: np.ndarray

    def league_table(self, confidence_level=0.95):
        """Every treatment against every other, by Bucher's adjusted indirect comparison.

        The effect of row against column is the difference of their effects against the comparator; its variance is the
        sum of theirs.

        Parameters
        ----------
        confidence_level : float
            Nominal coverage, in (0, 1).

        Returns
        -------
        differences, lower, upper : ndarray, shape (n, n)
            Row against column; 0 on the diagonal.

        References
        ----------
        Bucher HC, et al. J Clin Epidemiol 1997;50:683-91. doi:10.1016/S0895-4356(97)00049-8

        Examples
        --------
        >>> differences, lower, upper = star_network(["A", "B"], [-0.5, -0.1], [0.3, 0.4], "C").league_table()
        >>> print(f"{differences[0, 1]:.2f} ({lower[0, 1]:.2f} to {upper[0, 1]:.2f})")
        -0.40 (-1.38 to 0.58)
        """
        half_widths = float(normal_quantile(confidence_level)) * self._pairwise_errors()
        differences = self.effects[:, None] - self.effects
        return differences, differences - half_widths, differences + half_widths

    def p_scores(self):
        """Mean probability that a treatment is better than another, smaller effects being better.

        Returns
        -------
        scores : ndarray, shape (n,)
            In [0, 1]; their mean is a half.

        References
        ----------
        Ruecker G, Schwarzer G. BMC Med Res Methodol 2015;15:58. doi:10.1186/s12874-015-0060-8

        Examples
        --------
        >>> star_network(["A", "B"], [-0.5, -0.1], [0.3, 0.4], "C").p_scores().round(3).tolist()
        [0.87, 0.405, 0.225]
        """
        errors = self._pairwise_errors()
        np.fill_diagonal(errors, 1.0)  # no treatment is compared with itself
        better = ndtr((self.effects - self.effects[:, None]) / errors)
        np.fill_diagonal(better, 0.0)
        return better.sum(axis=1) / (len(self.names) - 1)

    def rank_probabilities(self):
        """Probability of each rank, the smallest effect being the first: exact, by quadrature.

        The effects are independent and normal around their estimates, the comparator's is 0. Given the effect x of a
        treatment, each other is better with a probability of its own, so the number of better ones is a sum of
        independent trials; its distribution is integrated over x.

        Returns
        -------
        probabilities : ndarray, shape (n, n)
            Treatment by rank; rows and columns sum to 1.

        References
        ----------
        Salanti G, Ades AE, Ioannidis JPA. J Clin Epidemiol 2011;64:163-71. doi:10.1016/j.jclinepi.2010.03.016

        Examples
        --------
        >>> star_network(["A", "B"], [-0.5, -0.1], [0.3, 0.4], "C").rank_probabilities().round(3).tolist()
        [[0.774, 0.192, 0.034], [0.207, 0.397, 0.396], [0.019, 0.411, 0.57]]
        """
        last = len(self.names) - 1
        rows = []
        for treatment in range(last):
            places, weights = self._quadrature(treatment)
            others = [other for other in range(last) if other != treatment]
            better = [ndtr((places - self.effects[o]) / self.standard_errors[o]) for o in others]
            rows.append(_number_true([*better, (places > 0).astype(float)]) @ weights)
        better = [ndtr(-self.effects[o] / self.standard_errors[o]) for o in range(last)]
        rows.append(_number_true([np.array([p]) for p in better])[:, 0])
        return np.array(rows)

    def _pairwise_errors(self):
        return np.sqrt(self.standard_errors[:, None] ** 2 + self.standard_errors**2) * (1 - np.eye(len(self.names)))

    def _quadrature(self, treatment):
        """Places and probabilities of a treatment's effect, on panels cut where any other treatment's density moves."""
        steps = np.linspace(-_REACH, _REACH, 37)
        cuts = (self.effects[:, None] + self.standard_errors[:, None] * steps).ravel()
        centre, error = self.effects[treatment], self.standard_errors[treatment]
        cuts = np.unique(cuts[abs(cuts - centre) <= _REACH * error])
        half = np.diff(cuts)[:, None] / 2
        places = (cuts[:-1, None] + half * (1 + _NODES)).ravel()
        density = np.exp(-(((places - centre) / error) ** 2) / 2) / (error * np.sqrt(2 * np.pi))
        weights = (half * _WEIGHTS).ravel() * density
        return places, weights / weights.sum()


def star_network(treatments, estimates, standard_errors, comparator):
    """Combine studies of treatments against one common comparator.

    Studies of one treatment are pooled with a fixed effect. A star has no closed loop: whether direct and indirect
    evidence agree cannot be tested, and with one study a treatment no heterogeneity can be estimated.

    Parameters
    ----------
    treatments : sequence of str, length k
        Treatment of each study.
    estimates, standard_errors : array_like, shape (k,)
        Effect of each study's treatment against the comparator (log hazard ratios), and its standard error, above 0.
    comparator : str
        Name of the common comparator.

    Returns
    -------
    star : Star
        Treatments in the order of their first study, then the comparator.

    Raises
    ------
    ValueError
        If the lengths differ, a value is impossible or a treatment is the comparator itself.

    References
    ----------
    Ruecker G. Res Synth Methods 2012;3:312-24. doi:10.1002/jrsm.1058 (weighted least squares, of which this is a case)

    Examples
    --------
    >>> star = star_network(["A", "B", "A"], [-0.5, -0.1, -0.3], [0.2, 0.4, 0.2], "C")
    >>> star.names, star.effects.round(2).tolist()
    (('A', 'B', 'C'), [-0.4, -0.1, 0.0])
    """
    estimates, standard_errors = studies(estimates, standard_errors)
    if len(treatments) != estimates.size:
        raise ValueError(f"{len(treatments)} treatments for {estimates.size} estimates; give one for every study")
    if comparator in treatments:
        raise ValueError(f"{comparator!r} is the comparator and cannot be compared with itself")
    names = list(dict.fromkeys(treatments))
    rows = [[i for i, treatment in enumerate(treatments) if treatment == name] for name in names]
    pooled = [fixed_effect(estimates[own], standard_errors[own]) for own in rows]
    return Star(
        (*names, comparator),
        np.array([*(part.estimate for part in pooled), 0.0]),
        np.array([*(part.standard_error for part in pooled), 0.0]),
        np.array([*map(len, rows), 0]),
    )


def _number_true(probabilities):
    """Distribution of the number of independent events that happen: first axis 0 to their number.

    `scipy.stats.poisson_binom` gives the same, but takes a second to import.
    """
    distribution = np.ones((1, len(probabilities[0])))
    for p in probabilities:
        nothing = np.zeros((1, distribution.shape[1]))
        distribution = np.concatenate([distribution * (1 - p), nothing]) + np.concatenate([nothing, distribution * p])
    return distribution
